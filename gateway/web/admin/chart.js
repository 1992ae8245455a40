// A chart of lines over the last minutes: SVG, drawn anew at every look.

import { element } from "../app/dom.js";
import { WINDOW } from "./history.js";
import { time } from "./numbers.js";

/**
 * @typedef {{ name: string, values: (number | null)[] }} Line
 * @typedef {{ title: string, about: string, show: (value: number) => string, axis: (value: number) => string }} Kind
 */

const HEIGHT = 132;
const MARGIN = { left: 48, right: 10, top: 8, bottom: 20 };
/** Looks that lie further apart are not joined. */
const GAP = 5_000;
/** The table has a row for each so long. */
const ROW_EVERY = 15_000;

/** @param {string} tag @param {Record<string, string | number>} attributes @param {string} [text] */
function svg(tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** The end of the axis: 1, 2 or 5 with zeros, not below `most`. @param {number} most */
export function ceiling(most) {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5].find((step) => step * power >= most) ?? 10) * power;
}

export class Chart {
  /** @type {number[]} */
  #times = [];
  /** @type {Line[]} */
  #lines = [];
  #now = 0;
  #width = 300;
  /** @type {number | null} the look that is pointed at, as a time: it moves on with the chart */
  #at = null;

  /** @param {Kind} kind */
  constructor(kind) {
    this.kind = kind;
    this.legend = element("dl", { class: "legend" });
    this.when = element("p", { class: "when", "aria-hidden": "true" });
    this.drawing = svg("svg", { class: "drawing", role: "img", tabindex: 0 });
    this.table = element("table");
    this.details = element(
      "details",
      { ontoggle: () => this.#fillTable() },
      element("summary", {}, "Table"),
      this.table,
    );
    this.element = element(
      "figure",
      { class: "card chart" },
      element("figcaption", {}, element("h3", { title: kind.about }, kind.title), this.when),
      this.legend,
      this.drawing,
      this.details,
    );
    this.drawing.addEventListener("pointermove", (event) => this.#point(/** @type {PointerEvent} */ (event)));
    this.drawing.addEventListener("pointerleave", () => this.#pointAt(null));
    this.drawing.addEventListener("blur", () => this.#pointAt(null));
    this.drawing.addEventListener("keydown", (event) => this.#press(/** @type {KeyboardEvent} */ (event)));
    new ResizeObserver(([entry]) => {
      this.#width = Math.max(160, Math.round(entry?.contentRect.width ?? this.#width));
      this.#draw();
    }).observe(this.drawing);
  }

  /** @param {number[]} times @param {Line[]} lines @param {number} now */
  show(times, lines, now) {
    this.#times = times;
    this.#lines = lines;
    this.#now = now;
    this.#draw();
    if (this.details.open) this.#fillTable();
  }

  /** @param {number} at */
  #x(at) {
    const inner = this.#width - MARGIN.left - MARGIN.right;
    return MARGIN.left + inner * (1 - (this.#now - at) / WINDOW);
  }

  /** @param {number} value @param {number} top */
  #y(value, top) {
    return MARGIN.top + (HEIGHT - MARGIN.top - MARGIN.bottom) * (1 - value / top);
  }

  #draw() {
    const shown = (/** @type {number} */ at) => at > this.#now - WINDOW;
    const values = this.#lines.flatMap((line) =>
      line.values.filter((value, i) => value !== null && shown(this.#times[i] ?? 0)),
    );
    const top = ceiling(Math.max(...values.map(Number), 0));
    const index = this.#index();
    this.drawing.setAttribute("viewBox", `0 0 ${this.#width} ${HEIGHT}`);
    this.drawing.setAttribute("aria-label", this.#spoken(index));
    const lines = this.#lines.flatMap((line, number) => this.#path(line, number, top));
    this.drawing.replaceChildren(...this.#grid(top), ...lines.reverse(), ...this.#marks(index, top));
    this.#showLegend(index);
  }

  /** @param {number} top */
  #grid(top) {
    const right = this.#width - MARGIN.right;
    const across = [0, 0.5, 1].flatMap((share) => {
      const y = this.#y(top * share, top);
      const label = svg("text", { x: MARGIN.left - 6, y: y + 4, class: "tick end" }, this.kind.axis(top * share));
      return [svg("line", { x1: MARGIN.left, x2: right, y1: y, y2: y, class: share ? "grid" : "grid base" }), label];
    });
    const steps = [-4, -2, 0].map((minutes) => {
      const x = this.#x(this.#now + minutes * 60_000);
      const attributes = { x: minutes ? x : right, y: HEIGHT - 4, class: minutes ? "tick middle" : "tick end" };
      return svg("text", attributes, minutes ? `−${-minutes} min` : "now");
    });
    return [...across, ...steps];
  }

  /** The line, in pieces where looks are missing; the first line's ground is tinted, so that it is told from others without colour. @param {Line} line @param {number} number @param {number} top */
  #path(line, number, top) {
    /** @type {[number, number][][]} */
    const pieces = [];
    let before = Number.NEGATIVE_INFINITY;
    line.values.forEach((value, i) => {
      const at = this.#times[i] ?? 0;
      if (value === null || at < this.#now - WINDOW) return;
      if (at - before > GAP) pieces.push([]);
      pieces.at(-1)?.push([this.#x(at), this.#y(value, top)]);
      before = at;
    });
    const points = (/** @type {[number, number][]} */ piece) =>
      piece.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`);
    const drawn = pieces.map((piece) =>
      svg("path", { d: `M${points(piece).join("L")}`, class: `line line-${number}` }),
    );
    if (number > 0) return drawn;
    const floor = this.#y(0, top);
    const ground = pieces.map((piece) => {
      const [first, last] = [piece[0]?.[0] ?? 0, piece.at(-1)?.[0] ?? 0];
      return svg("path", { d: `M${first} ${floor}L${points(piece).join("L")}L${last} ${floor}Z`, class: "ground" });
    });
    return [...drawn, ...ground];
  }

  /** @param {number | null} index @param {number} top */
  #marks(index, top) {
    if (index === null || this.#at === null) return [];
    const x = this.#x(this.#times[index] ?? 0);
    const rule = svg("line", { x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom, class: "rule" });
    const dots = this.#lines.map((line, number) => {
      const value = line.values[index];
      return typeof value === "number"
        ? svg("circle", { cx: x, cy: this.#y(value, top), r: 3.5, class: `dot dot-${number}` })
        : null;
    });
    return [rule, ...dots.filter((dot) => dot !== null)];
  }

  /** The look that is pointed at, or the last. */
  #index() {
    if (this.#times.length === 0) return null;
    const wanted = this.#at;
    if (wanted === null) return this.#times.length - 1;
    let best = 0;
    this.#times.forEach((at, i) => {
      if (Math.abs(at - wanted) < Math.abs((this.#times[best] ?? 0) - wanted)) best = i;
    });
    return best;
  }

  /** @param {number | null} index */
  #showLegend(index) {
    this.when.textContent = this.#at !== null && index !== null ? time(this.#times[index] ?? 0) : "";
    if (this.legend.childElementCount !== this.#lines.length) {
      const entry = (/** @type {Line} */ line, /** @type {number} */ number) =>
        element("div", {}, element("dt", { class: `key key-${number}` }, line.name), element("dd"));
      this.legend.replaceChildren(...this.#lines.map(entry));
    }
    this.#lines.forEach((line, number) => {
      const shown = this.legend.children[number]?.lastElementChild;
      if (shown) shown.textContent = this.#shown(line, index);
    });
  }

  /** @param {Line} line @param {number | null} index */
  #shown(line, index) {
    const value = index === null ? null : line.values[index];
    return typeof value === "number" ? this.kind.show(value) : "–";
  }

  /** @param {number | null} index */
  #spoken(index) {
    const values = this.#lines.map((line) => `${line.name} ${this.#shown(line, index)}`).join(", ");
    const at = this.#at !== null && index !== null ? time(this.#times[index] ?? 0) : "now";
    return `${this.kind.title}, ${at}: ${values}`;
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const box = this.drawing.getBoundingClientRect();
    const inner = this.#width - MARGIN.left - MARGIN.right;
    const share = (event.clientX - box.left - MARGIN.left) / inner;
    this.#pointAt(this.#now - WINDOW * (1 - Math.min(1, Math.max(0, share))));
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -15, PageDown: 15 }[event.key];
    if (event.key === "Escape") this.#pointAt(null);
    if (!step) return;
    event.preventDefault();
    const index = (this.#index() ?? 0) + step;
    this.#pointAt(this.#times[Math.min(this.#times.length - 1, Math.max(0, index))] ?? null);
  }

  /** @param {number | null} at */
  #pointAt(at) {
    this.#at = at;
    this.#draw();
  }

  #fillTable() {
    if (!this.details.open) return;
    const head = element(
      "tr",
      {},
      element("th", { scope: "col" }, "Time"),
      this.#lines.map((line) => element("th", { scope: "col" }, line.name)),
    );
    const rows = [];
    let next = Number.POSITIVE_INFINITY;
    for (let i = this.#times.length - 1; i >= 0; i--) {
      const at = this.#times[i] ?? 0;
      if (at > next || at < this.#now - WINDOW) continue;
      next = at - ROW_EVERY;
      const cells = this.#lines.map((line) => element("td", {}, this.#shown(line, i)));
      rows.push(element("tr", {}, element("th", { scope: "row" }, time(at)), cells));
    }
    this.table.replaceChildren(element("thead", {}, head), element("tbody", {}, rows));
  }
}
