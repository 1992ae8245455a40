// Above the field: which message is being answered.

import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { summary } from "./content.js";

/** @typedef {import("/gochat.js").Message} Message */

export class ReplyBar {
  /** @type {Message | null} */
  message = null;
  #who = element("span", { class: "quote-who", dir: "auto" });
  #text = element("span", { class: "quote-text", dir: "auto" });
  #cancel;

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    this.#cancel = element(
      "button",
      { class: "icon-button", type: "button", onclick: () => this.set(null, "") },
      icon("close"),
    );
    const words = element("div", { class: "quote" }, this.#who, this.#text);
    this.element = element("div", { class: "reply-bar", hidden: true }, icon("reply"), words, this.#cancel);
  }

  /** @param {Message | null} message @param {string} me */
  set(message, me) {
    this.message = message;
    this.element.hidden = !message;
    if (message) {
      const mine = message.sender.id === me;
      const name = message.sender.username;
      this.#who.textContent = mine ? t("conversation.replying-you") : t("conversation.replying", { name });
      this.#text.textContent = summary(message);
      this.#cancel.setAttribute("aria-label", t("conversation.cancel-reply"));
      this.#cancel.title = t("conversation.cancel-reply");
    }
    this.changed();
  }
}
