// A table whose rows stay: only what has changed is written, so that a selection or a scroll position survives every look.

import { element } from "../app/dom.js";

/**
 * @typedef {{ name: string, class?: string }} Column
 * @typedef {string | Node[]} Cell text, or nodes that are put in anew when `key` of the row changes
 */

/** What does not fit is reached by the keyboard too. @param {HTMLElement} scroller @param {string} name */
export function letScroll(scroller, name) {
  scroller.tabIndex = 0;
  scroller.role = "region";
  scroller.ariaLabel = name;
}

export class Table {
  /** @type {Map<string, HTMLTableRowElement>} */
  #rows = new Map();

  /** @param {HTMLElement} parent @param {string} caption @param {Column[]} columns */
  constructor(parent, caption, columns) {
    this.columns = columns;
    this.body = element("tbody");
    letScroll(parent, caption);
    const heads = columns.map(({ name, class: kind }) => element("th", { scope: "col", class: kind }, name));
    parent.replaceChildren(
      element(
        "table",
        {},
        element("caption", { class: "visually-hidden" }, caption),
        element("thead", {}, element("tr", {}, heads)),
        this.body,
      ),
    );
  }

  /**
   * Shows these rows, in this order. `fill` writes into a row's cells, which it made.
   * @template T
   * @param {T[]} items @param {(item: T) => string} key @param {(item: T, cells: HTMLElement[]) => void} fill
   */
  show(items, key, fill) {
    const rows = new Map(items.map((item) => [key(item), item]));
    for (const [known, row] of this.#rows) {
      if (rows.has(known)) continue;
      row.remove();
      this.#rows.delete(known);
    }
    let next = this.body.firstElementChild;
    for (const [name, item] of rows) {
      const row = this.#rows.get(name) ?? this.#row(name);
      if (row === next) next = next.nextElementSibling;
      else this.body.insertBefore(row, next);
      fill(item, /** @type {HTMLElement[]} */ ([...row.children]));
    }
  }

  /** @param {string} name */
  #row(name) {
    const cells = this.columns.map(({ class: kind }, i) =>
      i ? element("td", { class: kind }) : element("th", { scope: "row", class: kind }),
    );
    const row = element("tr", {}, cells);
    this.#rows.set(name, row);
    return row;
  }
}

/** Writes a text that is new. @param {Element | undefined} into @param {string} text */
export function write(into, text) {
  if (into && into.textContent !== text) into.textContent = text;
}

/** Writes a first line and a quieter second. @param {HTMLElement | undefined} into @param {string} first @param {string} second */
export function writeTwo(into, first, second) {
  if (!into) return;
  if (into.childElementCount !== 2) into.replaceChildren(element("div"), element("div", { class: "hint" }));
  write(into.children[0], first);
  write(into.children[1], second);
}

/** Writes chips, when they are others than before. @param {HTMLElement | undefined} into @param {{ text: string, kind: string, title?: string }[]} chips */
export function writeChips(into, chips) {
  const key = JSON.stringify(chips);
  if (!into || into.dataset.chips === key) return;
  into.dataset.chips = key;
  into.replaceChildren(
    ...chips.map(({ text, kind, title }) => element("span", { class: `chip ${kind}`, title }, text)),
  );
}
