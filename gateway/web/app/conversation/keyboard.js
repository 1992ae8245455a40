// The messages by keyboard: Tab comes to one of them, the arrows go from one to the next, Enter or the menu key opens its menu.

/** @typedef {import("./virtual-list.js").VirtualList} VirtualList */
/** @typedef {import("./rows.js").Row} Row */

export class Keyboard {
  /** The row that Tab comes to. */
  #key = "";

  /** @param {VirtualList} list @param {{ menu(key: string): void, leave(): void }} actions */
  constructor(list, actions) {
    this.list = list;
    this.actions = actions;
    list.scroller.addEventListener("keydown", (event) => this.#pressed(event));
    list.scroller.addEventListener("focusin", (event) => {
      const row = /** @type {Element} */ (event.target).closest?.("[data-key]");
      if (row instanceof HTMLElement && row.dataset.key) this.#take(row.dataset.key);
    });
  }

  /** Keeps one of the drawn rows reachable: the one that was last, or the newest that is seen. */
  keep() {
    const now = this.list.elementOf(this.#key);
    if (now) return this.#take(this.#key);
    if (this.list.scroller.contains(document.activeElement) && document.activeElement !== this.list.scroller) return;
    const { first, last } = this.list.seen;
    for (let index = last; index >= first; index--) {
      const row = this.list.rows[index];
      if (row?.holds && this.list.elementOf(row.key)) return this.#take(row.key);
    }
  }

  /** @param {string} key */
  focus(key) {
    this.list.reveal(key);
    this.#take(key);
    this.list.elementOf(key)?.focus({ preventScroll: true });
  }

  /** Of all rows only this one, and what can be pressed in it, is in the order of Tab. @param {string} key */
  #take(key) {
    const row = this.list.elementOf(key);
    if (key !== this.#key) tabbable(this.list.elementOf(this.#key), -1);
    this.#key = key;
    if (row?.tabIndex !== 0) tabbable(row, 0);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const inRow = event.target instanceof HTMLElement && event.target.dataset.key;
    if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
      if (!this.#key) return;
      event.preventDefault();
      this.actions.menu(this.#key);
    } else if (event.key === "Enter" && inRow) {
      event.preventDefault();
      this.actions.menu(this.#key);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.actions.leave();
    } else if (!event.shiftKey) this.#go(event);
  }

  /** @param {KeyboardEvent} event */
  #go(event) {
    const { rows, seen } = this.list;
    const at = this.list.indexOf(this.#key);
    const page = Math.max(1, seen.last - seen.first - 1);
    const steps = /** @type {Record<string, number>} */ ({ ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page });
    let wanted = at + (steps[event.key] ?? 0);
    if (event.key === "Home") wanted = 0;
    else if (event.key === "End") wanted = rows.length - 1;
    else if (!steps[event.key]) return;
    event.preventDefault();
    const direction = wanted < at || event.key === "Home" ? -1 : 1;
    const row = near(rows, Math.min(rows.length - 1, Math.max(0, wanted)), direction);
    if (row) this.focus(row.key);
    if (event.key === "End") this.list.scrollToEnd();
  }
}

/** The first message from there on; back from the edge when there is none. @param {readonly Row[]} rows @param {number} from @param {number} direction */
function near(rows, from, direction) {
  for (const step of [direction, -direction]) {
    for (let index = from; index >= 0 && index < rows.length; index += step) {
      if (rows[index]?.holds) return rows[index];
    }
  }
  return undefined;
}

/** @param {HTMLElement | undefined} row @param {number} index */
function tabbable(row, index) {
  if (!row) return;
  row.tabIndex = index;
  /** @type {NodeListOf<HTMLElement>} */
  const inside = row.querySelectorAll("a, button:not(.plain)");
  for (const one of inside) one.tabIndex = index;
}
