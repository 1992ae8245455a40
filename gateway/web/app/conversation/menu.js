// The menu of a message. It stands in the top layer, beside the row or at the pointer; Escape and a press elsewhere close it.

import { ConversationType, MessageType, Role } from "/gochat.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { readersOf } from "./state.js";
import { count } from "./when.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("/gochat.js").Message} Message */
/** @typedef {{ x: number, y: number, above?: number }} Point `above`: where it ends when there is no room below. */

/** So long, in seconds, senders may recall. */
const OWN_WITHIN = 120;
const NAMED = 20;

export class MessageMenu {
  #items = element("div", { role: "menu", class: "menu-items" });
  #foot = element("p", { class: "menu-foot small soft", id: "message-menu-readers" });
  element = element("div", { class: "menu message-menu", popover: "manual" }, this.#items, this.#foot);
  /** @type {HTMLElement | null} */
  #from = null;
  #shut = new AbortController();

  /** @param {{ reply(message: Message): void, copy(message: Message): void, recall(message: Message): void, closed(): void }} actions */
  constructor(actions) {
    this.actions = actions;
    this.element.addEventListener("keydown", (event) => this.#pressed(event));
    this.element.addEventListener("toggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "closed") this.#closed();
    });
  }

  /** @param {Message} message @param {Scene} scene @param {HTMLElement} row @param {Point} at */
  open(message, scene, row, at) {
    this.close();
    this.#items.replaceChildren(...this.#choices(message, scene));
    if (!this.#items.childElementCount) return;
    this.#items.setAttribute("aria-label", t("conversation.menu"));
    const readers = readBy(message, scene);
    this.#foot.textContent = readers;
    this.#foot.hidden = !readers;
    this.#items.removeAttribute("aria-describedby");
    if (readers) this.#items.setAttribute("aria-describedby", this.#foot.id);
    this.#from = row;
    row.classList.add("has-menu");
    this.element.showPopover();
    this.#listen();
    this.#stand(at);
    /** @type {HTMLElement | null} */ (this.#items.firstElementChild)?.focus();
  }

  /** A long press ends after it has opened the menu, which must not count as a press elsewhere: so the browser's way is not ours. */
  #listen() {
    this.#shut = new AbortController();
    const { signal } = this.#shut;
    const away = (/** @type {Event} */ event) => {
      if (!this.element.contains(/** @type {Node} */ (event.target))) this.close();
    };
    document.addEventListener("pointerdown", away, { signal, capture: true });
    document.addEventListener("wheel", away, { signal, capture: true, passive: true });
    window.addEventListener("resize", () => this.close(), { signal });
    window.addEventListener("blur", () => this.close(), { signal });
  }

  close() {
    this.#shut.abort();
    if (this.element.matches(":popover-open")) this.element.hidePopover();
  }

  #closed() {
    const from = this.#from;
    from?.classList.remove("has-menu");
    this.#from = null;
    // Whoever acted on the message has put the focus elsewhere by now.
    const lost = document.activeElement === document.body || this.element.contains(document.activeElement);
    if (!lost) return;
    if (from?.isConnected) from.focus({ preventScroll: true });
    else this.actions.closed();
  }

  /** @param {Message} message @param {Scene} scene */
  #choices(message, scene) {
    if (message.deleted || message.messageType === MessageType.SYSTEM) return [];
    const text = message.messageType === MessageType.TEXT;
    const choices = [
      this.#choice("reply", "conversation.reply", () => this.actions.reply(message)),
      this.#choice("copy", text ? "conversation.copy" : "conversation.copy-link", () => this.actions.copy(message)),
    ];
    if (mayRecall(message, scene)) {
      const recall = this.#choice("trash", "conversation.recall", () => this.actions.recall(message));
      recall.classList.add("danger");
      choices.push(recall);
    }
    return choices;
  }

  /** @param {string} drawing @param {string} word @param {() => void} act */
  #choice(drawing, word, act) {
    const onclick = () => {
      this.close();
      act();
    };
    return element(
      "button",
      { class: "menu-item", role: "menuitem", type: "button", tabindex: "-1", onclick },
      icon(drawing),
      t(word),
    );
  }

  /** @param {Point} at */
  #stand({ x, y, above = y }) {
    const { width, height } = this.element.getBoundingClientRect();
    const edge = 8;
    const left = Math.max(edge, Math.min(x, window.innerWidth - width - edge));
    const below = y + height + edge <= window.innerHeight;
    const top = below ? y : Math.max(edge, above - height);
    this.element.style.left = `${left}px`;
    this.element.style.top = `${top}px`;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const items = /** @type {HTMLElement[]} */ ([...this.#items.children]);
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items.at(to % items.length)?.focus();
    } else if (event.key === "Tab" || event.key === "Escape") {
      event.preventDefault();
      this.close();
    }
    // Keys of the menu are no keys of the list below it.
    event.stopPropagation();
  }
}

/** @param {Message} message @param {Scene} scene */
function mayRecall(message, { me, conversation, members }) {
  if (message.deleted || message.messageType === MessageType.SYSTEM) return false;
  const own = members.own ?? conversation.myMembership;
  const role = conversation.ownerId === me ? Role.OWNER : (own?.role ?? Role.MEMBER);
  if (conversation.type === ConversationType.GROUP && role >= Role.ADMIN) return true;
  return message.sender.id === me && Date.now() / 1000 - message.createdAt < OWN_WITHIN;
}

/** @param {Message} message @param {Scene} scene */
function readBy(message, { timeline, conversation, members, me }) {
  if (conversation.type !== ConversationType.GROUP || message.sender.id !== me || timeline.readBy.size === 0) return "";
  const readers = readersOf(message.seqId, timeline, me);
  if (readers.length === 0) return t("conversation.read-by-nobody");
  const known = readers.map((id) => members.of(id) ?? "").filter(Boolean);
  const shown = known.slice(0, NAMED).join(", ") + (known.length > NAMED ? ", …" : "");
  return t("conversation.read-by", { count: count(readers.length), names: shown });
}
