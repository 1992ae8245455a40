// Who is writing.

import { ConversationType } from "/gochat.js";
import { element } from "../dom.js";
import { t } from "../words/index.js";

/** @typedef {import("./scene.js").Scene} Scene */

/** Empty when nobody is. @param {Scene} scene */
export function typingText({ timeline, conversation, members }) {
  const { typing } = timeline;
  if (typing.length === 0) return "";
  if (conversation.type === ConversationType.SINGLE) return t("conversation.typing-single");
  const [first, second] = typing.map((id) => members.of(id) ?? t("conversation.somebody"));
  if (typing.length === 1) return t("conversation.typing-one", { name: first ?? "" });
  if (typing.length === 2) return t("conversation.typing-two", { first: first ?? "", second: second ?? "" });
  return t("conversation.typing-many");
}

/** The line above the composer. It has its room also when nobody writes, so that nothing jumps. */
export class TypingLine {
  #text = element("span", { class: "one-line" });
  #dots = element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i"));
  element = element("div", { class: "typing-line" }, this.#dots, this.#text);

  /** @param {Scene} scene */
  show(scene) {
    const text = typingText(scene);
    const single = scene.conversation.type === ConversationType.SINGLE;
    const shown = text && single ? `${scene.conversation.peer?.username ?? ""} ${text}` : text;
    if (this.#text.textContent !== shown) this.#text.textContent = shown;
    this.element.classList.toggle("active", text !== "");
  }
}
