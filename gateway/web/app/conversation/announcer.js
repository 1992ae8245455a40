// Says new messages to screen readers, each once. The list itself is silent: rows come and go there as one scrolls.

import { MessageType } from "/gochat.js";
import { element } from "../dom.js";
import { t } from "../words/index.js";
import { summary } from "./content.js";
import { reason } from "./failure.js";
import { systemText } from "./system.js";

/** @typedef {import("./scene.js").Scene} Scene */

const KEPT = 8;

export class Announcer {
  #last = 0;
  /** @type {Set<string>} */
  #failed = new Set();
  element = element("div", {
    class: "visually-hidden",
    role: "log",
    "aria-live": "polite",
    "aria-relevant": "additions",
  });

  /** @param {Scene} scene */
  begin(scene) {
    this.element.setAttribute("aria-label", t("conversation.unread"));
    this.element.replaceChildren();
    this.#last = scene.timeline.messages.at(-1)?.seqId ?? 0;
    this.#failed = new Set(failures(scene).map((draft) => draft.clientMsgId));
  }

  /** @param {Scene} scene */
  look(scene) {
    const { messages } = scene.timeline;
    const news = messages.slice(-KEPT).filter(({ seqId }) => seqId > this.#last);
    this.#last = Math.max(this.#last, messages.at(-1)?.seqId ?? 0);
    for (const message of news) {
      if (message.sender.id === scene.me) continue;
      if (message.messageType === MessageType.SYSTEM) {
        this.#say(systemText(message, scene.me, (id) => scene.members.of(id)));
      } else this.#say(t("conversation.announce", { name: message.sender.username, text: summary(message) }));
    }
    for (const draft of failures(scene)) {
      if (this.#failed.has(draft.clientMsgId)) continue;
      this.#failed.add(draft.clientMsgId);
      this.#say(t("conversation.announce-failed", { reason: reason(draft.error, scene.conversation.type) }));
    }
  }

  /** @param {string} text */
  #say(text) {
    this.element.append(element("p", {}, text));
    while (this.element.childElementCount > KEPT) this.element.firstElementChild?.remove();
  }
}

/** @param {Scene} scene */
function failures({ timeline }) {
  return timeline.drafts.filter((draft) => draft.state === "failed");
}
