// The list of conversations: a listbox of which only the rows in sight exist, however many there are.

import { element } from "../dom.js";
import { t } from "../words/index.js";
import { Row } from "./row.js";

/** Rows made above and below what is in sight. */
const MORE = 6;
const PAGE = 8;
/** As `.chat-row` has it in style/sidebar.css. */
const ROW_REM = 4.25;

/**
 * @typedef {import("/gochat.js").Conversation} Conversation
 */
export class ConversationListbox {
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {Map<string, number>} Places by id. */
  #places = new Map();
  /** @type {readonly Conversation[]} */
  #items = [];
  /** Rows whose content is to be written again; null: all. @type {Set<string> | null} */
  #dirty = null;
  #frame = 0;
  #rowHeight = 0;
  /** The row that the arrow keys have come to. @type {string | null} */
  #active = null;
  /** The conversation that is open. @type {string | null} */
  #chosen = null;
  #nextRow = 1;

  /**
   * @param {object} options
   * @param {(id: string) => void} options.open
   * @param {(id: string, at: { x: number, y: number }) => void} options.menu
   * @param {(conversation: Conversation) => import("./row.js").Shown} options.shown
   * @param {AbortSignal} options.signal
   */
  constructor({ open, menu, shown, signal }) {
    this.open = open;
    this.menu = menu;
    this.shown = shown;
    this.list = element("ul", {
      class: "chats",
      role: "listbox",
      tabindex: "0",
      "aria-label": t("sidebar.label"),
    });
    this.element = element("div", { class: "chats-scroll", tabindex: "-1" }, this.list);
    this.element.addEventListener("scroll", () => this.#plan(), { passive: true });
    this.list.addEventListener("click", (event) => this.#clicked(event));
    this.list.addEventListener("keydown", (event) => this.#pressed(event));
    this.list.addEventListener("contextmenu", (event) => this.#wantsMenu(event));
    this.list.addEventListener("focus", () => this.#focused());
    const seen = new ResizeObserver(() => {
      this.#rowHeight = 0;
      this.#plan();
    });
    seen.observe(this.element);
    signal.addEventListener("abort", () => {
      seen.disconnect();
      cancelAnimationFrame(this.#frame);
    });
  }

  /** @param {readonly Conversation[]} items @param {Iterable<string>} [ids] of what changed; absent: all */
  show(items, ids) {
    this.#items = items;
    this.changed(ids);
  }

  /** @param {Iterable<string>} [ids] */
  changed(ids) {
    if (!ids) this.#dirty = null;
    else if (this.#dirty) for (const id of ids) this.#dirty.add(id);
    this.#plan();
  }

  /** Marks what is open. @param {string | null} id */
  choose(id) {
    if (id === this.#chosen) return;
    this.#chosen = id;
    if (id !== null) {
      this.#active = id;
      this.#reveal(id);
    }
    this.#plan();
  }

  /** The neighbour of what is open. @param {1 | -1} by */
  step(by) {
    const at = this.#chosen === null ? -1 : this.#place(this.#chosen);
    const next = this.#items[at < 0 ? 0 : at + by];
    if (next) this.open(next.id);
  }

  focus() {
    this.list.focus({ preventScroll: true });
  }

  #plan() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#render();
    });
  }

  #render() {
    const height = this.#measure();
    const count = this.#items.length;
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / height) - MORE);
    const end = Math.min(count, Math.ceil((scrollTop + clientHeight) / height) + MORE);
    this.list.style.height = `${count * height}px`;
    this.#places.clear();
    const dirty = this.#dirty;
    this.#dirty = new Set();
    const kept = new Map();
    // The row that has the focus exists even when it is out of sight: screen readers follow it.
    const active = this.#active === null ? -1 : this.#place(this.#active);
    const places = [
      ...(active >= 0 && active < first ? [active] : []),
      ...range(first, end),
      ...(active >= end ? [active] : []),
    ];
    /** @type {Element | null} */
    let next = this.list.firstElementChild;
    for (const place of places) {
      const conversation = this.#items[place];
      let row = this.#rows.get(conversation.id);
      const isNew = !row;
      row ??= new Row(`chat-row-${this.#nextRow++}`, conversation);
      if (isNew || !dirty || dirty.has(conversation.id)) row.update(conversation, this.shown(conversation));
      this.#put(row, place, count, height);
      kept.set(conversation.id, row);
      this.#rows.delete(conversation.id);
      if (row.element === next) next = next.nextElementSibling;
      else this.list.insertBefore(row.element, next);
    }
    for (const row of this.#rows.values()) row.element.remove();
    this.#rows = kept;
    const current = this.#active === null ? undefined : kept.get(this.#active);
    if (current) this.list.setAttribute("aria-activedescendant", current.element.id);
    else this.list.removeAttribute("aria-activedescendant");
  }

  /** @param {Row} row @param {number} place @param {number} count @param {number} height */
  #put(row, place, count, height) {
    const { element: at } = row;
    at.style.transform = `translateY(${place * height}px)`;
    at.setAttribute("aria-posinset", String(place + 1));
    at.setAttribute("aria-setsize", String(count));
    at.setAttribute("aria-selected", String(row.conversationId === this.#chosen));
    at.classList.toggle("active", row.conversationId === this.#active);
  }

  /** A larger font makes rows higher. */
  #measure() {
    this.#rowHeight ||= ROW_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    return this.#rowHeight;
  }

  /** @param {string} id */
  #place(id) {
    if (this.#places.size === 0) for (const [place, { id }] of this.#items.entries()) this.#places.set(id, place);
    return this.#places.get(id) ?? -1;
  }

  /** @param {string} id */
  #reveal(id) {
    const place = this.#items.findIndex((item) => item.id === id);
    if (place < 0) return;
    const height = this.#measure();
    const { scrollTop, clientHeight } = this.element;
    if (place * height < scrollTop) this.element.scrollTop = place * height;
    else if ((place + 1) * height > scrollTop + clientHeight)
      this.element.scrollTop = (place + 1) * height - clientHeight;
  }

  #focused() {
    const known = this.#active !== null && this.#items.some(({ id }) => id === this.#active);
    if (!known) this.#active = this.#chosen ?? this.#items[0]?.id ?? null;
    if (this.#active !== null) this.#reveal(this.#active);
    this.#plan();
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const id = rowOf(event)?.dataset.id;
    if (!id) return;
    this.#active = id;
    this.open(id);
    this.#plan();
  }

  /** By the pointer, or by the keyboard for the active row. @param {MouseEvent} event */
  #wantsMenu(event) {
    const under = rowOf(event);
    const id = under?.dataset.id ?? this.#active;
    const row = under ?? (id === null || id === undefined ? undefined : this.#rows.get(id)?.element);
    if (!row || !id) return;
    event.preventDefault();
    const box = row.getBoundingClientRect();
    const at =
      under && event.clientX ? { x: event.clientX, y: event.clientY } : { x: box.left + 64, y: box.bottom - 16 };
    const open = () => this.menu(id, at);
    // Some systems ask by the press and some by the release. The release of the press that asked would close the menu again.
    if (event.buttons === 0) return open();
    const asked = new AbortController();
    const released = () => {
      asked.abort();
      setTimeout(open);
    };
    addEventListener("pointerup", released, { signal: asked.signal });
    // That release went elsewhere.
    addEventListener("pointerdown", () => asked.abort(), { signal: asked.signal });
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const last = this.#items.length - 1;
    const at = this.#active === null ? -1 : this.#items.findIndex(({ id }) => id === this.#active);
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + PAGE, PageUp: at - PAGE, Home: 0, End: last };
    const to = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (to !== undefined && last >= 0) {
      this.#active = this.#items[Math.max(0, Math.min(last, to))].id;
      this.#reveal(this.#active);
      this.#plan();
    } else if ((event.key === "Enter" || event.key === " ") && this.#active !== null) this.open(this.#active);
    else return;
    event.preventDefault();
  }
}

/** @param {Event} event */
function rowOf(event) {
  return /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[role=option]"));
}

/** @param {number} from @param {number} end */
function range(from, end) {
  return Array.from({ length: Math.max(0, end - from) }, (_, i) => from + i);
}
