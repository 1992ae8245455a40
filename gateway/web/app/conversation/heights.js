// How tall rows are: as measured, or as guessed until then. And with that, where each begins.

/** @typedef {import("./rows.js").Row} Row */

export class Heights {
  /** @type {Map<string, number>} */
  #measured = new Map();
  /** Where each row begins; one more for the end of the last. */
  #tops = new Float64Array(1);
  /** @type {readonly Row[]} */
  #rows = [];
  #fresh = true;

  /** @param {readonly Row[]} rows */
  setRows(rows) {
    this.#rows = rows;
    this.#fresh = false;
  }

  /** Takes a measured height; whether it is another than thought. @param {Row} row @param {number} height */
  measured(row, height) {
    const before = this.#measured.get(row.key) ?? row.guess;
    this.#measured.set(row.key, height);
    if (Math.abs(before - height) < 0.05) return false;
    this.#fresh = false;
    return true;
  }

  /** A message that was a draft keeps what was known of it, so keys say it all. */
  forget() {
    this.#measured.clear();
    this.#fresh = false;
  }

  /** Where the row with this index begins; at the number of rows: where they end. @param {number} index */
  top(index) {
    return this.#current()[index] ?? 0;
  }

  get total() {
    return this.top(this.#rows.length);
  }

  /** The first row that ends below `y`; the last when none does. @param {number} y */
  at(y) {
    const tops = this.#current();
    let low = 0;
    let high = Math.max(0, this.#rows.length - 1);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {number} */ (tops[middle + 1]) > y) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Ten thousand additions take less time than one row takes to be drawn. */
  #current() {
    if (this.#fresh) return this.#tops;
    const rows = this.#rows;
    if (this.#tops.length !== rows.length + 1) this.#tops = new Float64Array(rows.length + 1);
    let top = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = /** @type {Row} */ (rows[i]);
      this.#tops[i] = top;
      top += this.#measured.get(row.key) ?? row.guess;
    }
    this.#tops[rows.length] = top;
    this.#fresh = true;
    return this.#tops;
  }
}
