// How long to wait before the next try: doubling, with jitter, so that the clients of a server that comes back do not come at once.

export class Backoff {
  #min;
  #max;
  #failures = 0;

  /** @param {number} min @param {number} max milliseconds */
  constructor(min, max) {
    this.#min = min;
    this.#max = Math.max(min, max);
  }

  /** The wait after one more failure: anywhere between the least and what doubling led to. */
  next() {
    this.#failures += 1;
    const doubled = Math.min(this.#max, this.#min * 2 ** Math.min(this.#failures, 16));
    return this.#min + Math.random() * (doubled - this.#min);
  }

  reset() {
    this.#failures = 0;
  }
}
