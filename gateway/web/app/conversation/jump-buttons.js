// The ways to where one is not: the newest message, and the first unread when it is far up.

import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { count } from "./when.js";

export class JumpButtons {
  #badge = element("span", { class: "badge", hidden: true });
  #unread = element("span");
  #down;
  #up;

  /** @param {{ toNewest(): void, toUnread(): void }} actions */
  constructor({ toNewest, toUnread }) {
    this.#down = element(
      "button",
      { class: "icon-button jump-down", type: "button", hidden: true, onclick: toNewest },
      icon("down"),
      this.#badge,
    );
    this.#up = element(
      "button",
      { class: "jump-up", type: "button", hidden: true, onclick: toUnread },
      icon("down"),
      this.#unread,
    );
    this.element = element("div", { class: "jumps" }, this.#up, this.#down);
  }

  /** @param {{ atEnd: boolean, fresh: number, unread: number }} now `unread`: how many there were, if their first is not loaded. */
  show({ atEnd, fresh, unread }) {
    this.#down.hidden = atEnd;
    this.#badge.hidden = fresh === 0;
    this.#badge.textContent = fresh > 99 ? "99+" : String(fresh);
    const word = fresh > 0 ? "conversation.to-newest-count" : "conversation.to-newest";
    this.#down.setAttribute("aria-label", t(word, { count: count(fresh) }));
    this.#up.hidden = unread === 0;
    this.#unread.textContent = t("conversation.to-unread", { count: count(unread) });
  }
}
