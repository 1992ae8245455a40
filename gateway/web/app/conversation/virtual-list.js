// A list of which only what is near the window is in the document. Whatever happens above and below (rows that come, go or turn
// out taller than thought, another width), one row, the anchor, stays where it is on the screen; or the end does.

import { Heights } from "./heights.js";

/** @typedef {import("./rows.js").Row} Row */
/** @typedef {{ key: string, offset: number }} Anchor Where the top of a row is, from the top of the window. */

/** So far beyond the window rows are drawn, in pixels. */
const BEYOND = 700;
/** So near to the end counts as being there. */
const NEAR_END = 32;

/**
 * @typedef {object} Drawing
 * @property {(row: Row) => HTMLElement} create
 * @property {(row: Row, element: HTMLElement) => HTMLElement} update The same element, or one to stand in its place.
 */

export class VirtualList {
  #heights = new Heights();
  /** @type {readonly Row[]} */
  #rows = [];
  /** @type {Map<string, number>} */
  #index = new Map();
  /** @type {Map<string, { element: HTMLElement, row: Row }>} */
  #drawn = new Map();
  /** @type {Anchor | null} Null: the end is the anchor, `#gap` away. */
  #anchor = null;
  #gap = 0;
  #written = 0;
  #first = 0;
  #last = 0;
  /** @type {WeakMap<Element, string>} */
  #keys = new WeakMap();
  #sizes = new ResizeObserver((entries) => this.#resized(entries));

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} list
   * @param {Drawing} drawing
   * @param {() => void} moved After each change of what is seen.
   */
  constructor(scroller, list, drawing, moved) {
    this.scroller = scroller;
    this.list = list;
    this.drawing = drawing;
    this.moved = moved;
    this.#sizes.observe(scroller);
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
  }

  get rows() {
    return this.#rows;
  }

  /** Whether the end is seen. */
  get atEnd() {
    return this.#anchor === null;
  }

  /** Indexes of the first row in the window and of the last. */
  get seen() {
    const top = this.scroller.scrollTop;
    return { first: this.#heights.at(top), last: this.#heights.at(top + this.scroller.clientHeight - 1) };
  }

  /** How much of the history lies above the window, in pixels. */
  get above() {
    return this.scroller.scrollTop;
  }

  /** @param {string} key */
  indexOf(key) {
    return this.#index.get(key) ?? -1;
  }

  /** The element of a row, if it is drawn. @param {string} key */
  elementOf(key) {
    return this.#drawn.get(key)?.element;
  }

  /** How far above the lower edge of the window a row ends; negative: below it. @param {number} index */
  roomBelow(index) {
    return this.scroller.scrollTop + this.scroller.clientHeight - this.#heights.top(index + 1);
  }

  /** Other rows; what is read stays in place. @param {readonly Row[]} rows */
  setRows(rows) {
    const index = indexed(rows);
    if (this.#anchor) this.#anchor = this.#surviving(this.#anchor, index);
    else this.#gap = 0;
    this.#use(rows, index);
    this.#place(true);
  }

  /** Rows of another conversation: nothing of before counts. @param {readonly Row[]} rows @param {Anchor | null} at */
  reset(rows, at) {
    this.#heights.forget();
    for (const { element } of this.#drawn.values()) this.#remove(element);
    this.#drawn.clear();
    this.#use(rows, indexed(rows));
    if (at) this.scrollTo(at.key, at.offset);
    else this.scrollToEnd();
  }

  scrollToEnd() {
    this.#anchor = null;
    this.#gap = 0;
    this.#place(false);
  }

  /** Shows a row, its top `offset` below the window's, or in the middle. @param {string} key @param {number} [offset] */
  scrollTo(key, offset) {
    const index = this.indexOf(key);
    if (index < 0) return;
    this.#anchor = { key, offset: offset ?? 0 };
    this.#place(false);
    if (offset === undefined) {
      const height = this.#heights.top(index + 1) - this.#heights.top(index);
      this.#anchor = { key, offset: Math.max(8, (this.scroller.clientHeight - height) / 2) };
      this.#place(false);
    }
    this.#anchor = this.#anchorAt(this.scroller.scrollTop);
  }

  /** Moves so little that the whole row is seen. @param {string} key */
  reveal(key) {
    const index = this.indexOf(key);
    if (index < 0) return;
    const top = this.#heights.top(index) - this.scroller.scrollTop;
    const height = this.#heights.top(index + 1) - this.#heights.top(index);
    const window = this.scroller.clientHeight;
    if (top < 0 || height > window) this.scrollTo(key, 0);
    else if (top + height > window) this.scrollTo(key, window - height);
    else this.#place(false);
    // What was only guessed may be taller.
    if (this.roomBelow(index) < 0 && height < window) this.scrollTo(key, window - this.#height(index));
  }

  /** @param {number} index */
  #height(index) {
    return this.#heights.top(index + 1) - this.#heights.top(index);
  }

  /** @param {readonly Row[]} rows @param {Map<string, number>} index */
  #use(rows, index) {
    this.#rows = rows;
    this.#index = index;
    this.#heights.setRows(rows);
  }

  /** The anchor, or the nearest row to it that is still there. @param {Anchor} anchor @param {Map<string, number>} there */
  #surviving(anchor, there) {
    const at = this.indexOf(anchor.key);
    if (there.has(anchor.key)) return anchor;
    for (let step = 1; step < this.#rows.length; step++) {
      for (const index of [at + step, at - step]) {
        const row = this.#rows[index];
        if (!row?.holds || !there.has(row.key)) continue;
        return { key: row.key, offset: anchor.offset + this.#heights.top(index) - this.#heights.top(at) };
      }
    }
    return null;
  }

  #scrolled() {
    const top = this.scroller.scrollTop;
    if (Math.abs(top - this.#written) < 1) return;
    this.#written = top;
    this.#anchor = this.#anchorAt(top);
    this.#place(false);
  }

  /** From the document itself: what was resized just now is not measured yet. @param {number} top @returns {Anchor | null} */
  #anchorAt(top) {
    const window = this.scroller.clientHeight;
    const edge = this.scroller.getBoundingClientRect().top;
    this.#gap = Math.max(0, this.scroller.scrollHeight - window - top);
    if (this.#gap < NEAR_END) return null;
    /** @type {Anchor | null} */
    let found = null;
    // The first message of all may lose its sender's name to an older one that comes in front: the next is a better hold.
    for (let index = this.#heights.at(top); index < this.#rows.length; index++) {
      const row = /** @type {Row} */ (this.#rows[index]);
      const drawn = this.#drawn.get(row.key)?.element;
      const offset = drawn ? drawn.getBoundingClientRect().top - edge : this.#heights.top(index) - top;
      if (found && offset > window) break;
      if (!row.holds) continue;
      found = { key: row.key, offset };
      if (offset >= 0 && !row.oldest) break;
    }
    return found;
  }

  /** @param {ResizeObserverEntry[]} entries */
  #resized(entries) {
    let changed = false;
    for (const { target, borderBoxSize } of entries) {
      if (target === this.scroller) changed = true;
      const drawn = this.#drawn.get(this.#keys.get(target) ?? "");
      const height = borderBoxSize[0]?.blockSize ?? 0;
      if (drawn?.element === target && height > 0) changed = this.#heights.measured(drawn.row, height) || changed;
    }
    if (changed) this.#place(false);
  }

  /** Draws what is near the window, measures it, and puts the anchor where it was. @param {boolean} stale Drawn rows may have changed. */
  #place(stale) {
    const window = this.scroller.clientHeight;
    if (window === 0) return;
    for (let pass = 0; pass < 8; pass++) {
      const top = this.#wanted(window);
      const first = this.#heights.at(top - BEYOND);
      const last = Math.min(this.#rows.length, this.#heights.at(top + window + BEYOND) + 1);
      if (!this.#draw(first, last, stale)) break;
      stale = false;
    }
    const top = this.#wanted(window);
    if (Math.abs(this.scroller.scrollTop - top) >= 0.5) this.scroller.scrollTop = top;
    this.#written = this.scroller.scrollTop;
    this.moved();
  }

  /** @param {number} window */
  #wanted(window) {
    const most = Math.max(0, this.#heights.total - window);
    const index = this.#anchor ? this.indexOf(this.#anchor.key) : -1;
    if (!this.#anchor || index < 0) return Math.max(0, most - this.#gap);
    return Math.min(most, Math.max(0, this.#heights.top(index) - this.#anchor.offset));
  }

  /** Whether something is taller or smaller than thought. @param {number} first @param {number} last @param {boolean} stale */
  #draw(first, last, stale) {
    this.#first = first;
    this.#last = last;
    const wanted = this.#rows.slice(first, last);
    const keys = new Set(wanted.map((row) => row.key));
    for (const [key, { element }] of this.#drawn) {
      if (keys.has(key)) continue;
      this.#drawn.delete(key);
      this.#remove(element);
    }
    /** @type {{ element: HTMLElement, row: Row }[]} */
    const fresh = [];
    /** @type {Element | null} */
    let next = this.list.firstElementChild;
    for (const row of wanted) {
      const drawn = this.#drawn.get(row.key);
      let element = drawn?.element;
      if (!element) element = this.drawing.create(row);
      else if (stale) {
        const made = this.drawing.update(row, element);
        if (made !== element) {
          if (next === element) next = made;
          element.replaceWith(made);
          this.#sizes.unobserve(element);
          element = made;
        }
      }
      if (element !== drawn?.element || stale) fresh.push({ element, row });
      if (element === next) next = next.nextElementSibling;
      else this.list.insertBefore(element, next);
      if (element !== drawn?.element) {
        this.#keys.set(element, row.key);
        this.#sizes.observe(element);
      }
      this.#drawn.set(row.key, { element, row });
    }
    // Before measuring, so that the browser lays the list out once: rows that are drawn have no part in it.
    this.#room();
    if (fresh.length === 0) return false;
    let changed = false;
    for (const { element, row } of fresh) {
      changed = this.#heights.measured(row, element.getBoundingClientRect().height) || changed;
    }
    return changed;
  }

  /** Makes room for the rows that are not drawn. */
  #room() {
    const before = `${this.#heights.top(this.#first)}px`;
    const after = `${this.#heights.total - this.#heights.top(this.#last)}px`;
    if (this.list.style.paddingTop !== before) this.list.style.paddingTop = before;
    if (this.list.style.paddingBottom !== after) this.list.style.paddingBottom = after;
  }

  /** @param {HTMLElement} element */
  #remove(element) {
    const focused = element.contains(document.activeElement);
    this.#sizes.unobserve(element);
    element.remove();
    if (focused) this.scroller.focus({ preventScroll: true });
  }
}

/** @param {readonly Row[]} rows */
function indexed(rows) {
  /** @type {Map<string, number>} */
  const index = new Map();
  for (let i = 0; i < rows.length; i++) index.set(/** @type {Row} */ (rows[i]).key, i);
  return index;
}
