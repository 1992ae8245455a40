// How long to wait before the next try: growing, with jitter, so that the clients of a server that comes back do not come at once.

/** So much longer is the longest wait after each failure. Doubling made who sees a restart of a few seconds wait as long again. */
const GROWTH = 1.6;

export class Backoff {
  #min;
  #max;
  #failures = 0;

  /** @param {number} min @param {number} max milliseconds */
  constructor(min, max) {
    this.#min = min;
    this.#max = Math.max(min, max);
  }

  /** The wait after one more failure: anywhere between the least and what it has grown to. */
  next() {
    this.#failures += 1;
    const grown = Math.min(this.#max, this.#min * GROWTH ** Math.min(this.#failures, 64));
    return this.#min + Math.random() * (grown - this.#min);
  }

  /** Forgets failures beyond so many. */
  reset(failures = 0) {
    this.#failures = Math.min(this.#failures, failures);
  }
}
