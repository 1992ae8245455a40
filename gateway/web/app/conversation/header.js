// Above the messages: with whom one talks, whether they are there, who is writing.

import { ConversationType } from "/gochat.js";
import { avatar } from "../avatar.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { typingText } from "./typing.js";
import { count } from "./when.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("/gochat.js").Conversation} Conversation */

export class Header {
  #drawn = "";
  #face = element("div", { class: "conversation-face" });
  #name = element("h2", { class: "one-line", dir: "auto", tabindex: "-1" });
  #about = element("p", { class: "conversation-about one-line" });
  #back;
  #details;

  /** @param {{ onBack(): void, onDetails(): void }} actions */
  constructor({ onBack, onDetails }) {
    this.#back = element(
      "button",
      { class: "icon-button conversation-back", type: "button", onclick: onBack },
      icon("back"),
    );
    this.#details = element("button", { class: "icon-button", type: "button", onclick: onDetails }, icon("info"));
    const words = element("div", { class: "conversation-title" }, this.#name, this.#about);
    this.element = element("header", { class: "conversation-header" }, this.#back, this.#face, words, this.#details);
  }

  /** What it says before it is known with whom one talks. */
  words() {
    this.#back.setAttribute("aria-label", t("conversation.back"));
    this.#details.setAttribute("aria-label", t("conversation.details"));
    this.#details.title = t("conversation.details");
    this.#details.hidden = true;
    this.#drawn = "";
    for (const part of [this.#face, this.#name, this.#about]) part.replaceChildren();
  }

  /** @param {Scene} scene */
  show(scene) {
    const { conversation, chat } = scene;
    const { peer } = conversation;
    const online = peer ? chat.conversations.isOnline(peer.id) : undefined;
    const name = nameOf(conversation);
    const face = JSON.stringify([conversation.id, name, conversation.avatarUrl, peer?.avatarUrl, online]);
    if (face !== this.#drawn) {
      this.#drawn = face;
      this.#face.replaceChildren(avatar(peer ?? conversation, { size: 40, online }));
    }
    setText(this.#name, name);
    this.#details.hidden = false;
    const typing = typingText(scene);
    setText(this.#about, typing || presence(conversation, online));
    this.#about.classList.toggle("active", Boolean(typing) || online === true);
  }
}

/** @param {Conversation} conversation */
export function nameOf({ type, name, peer }) {
  return name || peer?.username || (type === ConversationType.WORLD ? t("conversation.world") : "");
}

/** @param {Conversation} conversation @param {boolean | undefined} online */
function presence({ type, memberCount }, online) {
  if (type === ConversationType.SINGLE) return t(online ? "conversation.online" : "conversation.offline");
  return memberCount === 1 ? t("conversation.member") : t("conversation.members", { count: count(memberCount) });
}

/** Texts that stay are left alone, or selections and screen readers would lose their place. @param {Element} where @param {string} text */
export function setText(where, text) {
  if (where.textContent !== text) where.textContent = text;
}
