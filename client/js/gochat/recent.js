// Remembers the last ids, so that what comes twice counts once.

export class Recent {
  /** @type {Set<string>} */
  #ids = new Set();
  #max;

  /** @param {number} max ids remembered; the oldest are forgotten */
  constructor(max) {
    this.#max = max;
  }

  /** True when it is new. @param {string} id */
  add(id) {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > this.#max) this.#ids.delete(/** @type {string} */ (this.#ids.values().next().value));
    return true;
  }
}
