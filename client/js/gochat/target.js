// An EventTarget whose events are CustomEvents, and which can be read as an async iterator.

/** Events that wait in one iterator whose reader is slow; the oldest go first. */
const MAX_WAITING = 10_000;

/** The platform's own, with the types of its events left to who extends it. */
const Base = /** @type {new () => object} */ (/** @type {unknown} */ (EventTarget));

/** @template {object} E the `detail` of each event by its type */
export class Target extends Base {
  /**
   * @template {keyof E & string} K
   * @param {K} type
   * @param {((event: CustomEvent<E[K]>) => void) | { handleEvent(event: CustomEvent<E[K]>): void }} listener
   * @param {boolean | AddEventListenerOptions} [options]
   */
  addEventListener(type, listener, options) {
    EventTarget.prototype.addEventListener.call(this, type, /** @type {any} */ (listener), options);
  }

  /**
   * @template {keyof E & string} K
   * @param {K} type
   * @param {((event: CustomEvent<E[K]>) => void) | { handleEvent(event: CustomEvent<E[K]>): void }} listener
   * @param {boolean | EventListenerOptions} [options]
   */
  removeEventListener(type, listener, options) {
    EventTarget.prototype.removeEventListener.call(this, type, /** @type {any} */ (listener), options);
  }

  /**
   * @template {keyof E & string} K
   * @param {K} type
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {AsyncIterableIterator<E[K]>}
   */
  events(type, { signal } = {}) {
    /** @type {E[K][]} */
    const waiting = [];
    /** @type {((result: IteratorResult<E[K]>) => void)[]} */
    const readers = [];
    let ended = false;
    /** @param {CustomEvent<E[K]>} event */
    const hear = ({ detail }) => {
      const reader = readers.shift();
      if (reader) return reader({ value: detail, done: false });
      if (waiting.push(detail) > MAX_WAITING) waiting.shift();
    };
    const end = () => {
      ended = true;
      this.removeEventListener(type, hear);
      signal?.removeEventListener("abort", end);
      for (const reader of readers.splice(0)) reader({ value: undefined, done: true });
    };
    if (signal?.aborted) ended = true;
    else {
      this.addEventListener(type, hear);
      signal?.addEventListener("abort", end);
    }
    return {
      next() {
        if (waiting.length > 0 && !signal?.aborted) {
          return Promise.resolve({ value: /** @type {E[K]} */ (waiting.shift()), done: false });
        }
        if (ended) return Promise.resolve({ value: undefined, done: true });
        return new Promise((resolve) => readers.push(resolve));
      },
      return() {
        waiting.length = 0;
        end();
        return Promise.resolve({ value: undefined, done: true });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /**
   * Tells the listeners; for the library alone.
   * @template {keyof E & string} K
   * @param {K} type
   * @param {E[K]} detail
   */
  _tell(type, detail) {
    EventTarget.prototype.dispatchEvent.call(this, new CustomEvent(type, { detail }));
  }
}
