// The tabs of one browser that share a sign-in: they speak over a BroadcastChannel and keep out of each other's way by locks.
// Without either (an insecure origin, an old browser) each tab works alone, which costs doubles that the server drops.

/** A lock that another tab does not let go of is passed over after this, in milliseconds. */
const LOCK_WITHIN = 20_000;
/** A closed tab's things are left alone for so long: after a reload it comes back for them itself. */
const BACK_WITHIN = 1_500;

export class Tabs {
  /** Names this tab. */
  id = newId();
  #prefix;
  #locks;
  /** @type {BroadcastChannel | null} */
  #channel = null;
  /** @type {(message: any) => void} */
  #hear = () => {};
  #closed = new AbortController();
  /** @type {Promise<unknown>} */
  #alone = Promise.resolve();
  #watched = new Set();

  /** @param {string} prefix @param {boolean} shared false: there are no others */
  constructor(prefix, shared) {
    this.#prefix = prefix;
    this.#locks = shared ? globalThis.navigator?.locks : undefined;
    if (shared && typeof BroadcastChannel !== "undefined") {
      this.#channel = new BroadcastChannel(prefix);
      this.#channel.onmessage = (event) => this.#hear(event.data);
      // Node.js would not end while it listens.
      /** @type {any} */ (this.#channel).unref?.();
    }
    this.#hold(`tab ${this.id}`);
  }

  /** True where a closed tab's messages can be told from those of a living one. */
  get canTell() {
    return this.#locks !== undefined;
  }

  /** @param {(message: any) => void} hear what other tabs say */
  listen(hear) {
    this.#hear = hear;
  }

  /** @param {object} message to the other tabs */
  say(message) {
    try {
      this.#channel?.postMessage(message);
    } catch {
      // Closed.
    }
  }

  /**
   * Does `work` while no other tab does work of this name, and no other caller in this tab.
   * @template T
   * @param {string} name
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  exclusively(name, work) {
    const turn = this.#alone.then(() => this.#locked(name, work));
    this.#alone = turn.catch(() => {});
    return turn;
  }

  /**
   * @template T
   * @param {string} name
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #locked(name, work) {
    if (!this.#locks) return work();
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), LOCK_WITHIN);
    let begun = false;
    const begin = () => {
      begun = true;
      clearTimeout(timer);
      return work();
    };
    try {
      return await this.#locks.request(`${this.#prefix} ${name}`, { signal: patience.signal }, begin);
    } catch (error) {
      if (begun) throw error;
      return work();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Calls `work` once this tab is the one that sees to closed ones. @param {() => void} work */
  lead(work) {
    this.#hold("leader", work);
  }

  /** Calls `work` when that tab is gone. @param {string} tab @param {() => Promise<void>} work */
  whenGone(tab, work) {
    if (!this.#locks || tab === this.id || this.#watched.has(tab)) return;
    this.#watched.add(tab);
    const name = `${this.#prefix} tab ${tab}`;
    const { signal } = this.#closed;
    this.#locks
      .request(name, { signal }, () => {})
      .then(() => new Promise((resolve) => setTimeout(resolve, BACK_WITHIN)))
      .then(() =>
        this.#locks?.request(name, { ifAvailable: true }, async (lock) => {
          this.#watched.delete(tab);
          if (signal.aborted) return;
          if (lock) await work();
          else this.whenGone(tab, work);
        }),
      )
      .catch(() => this.#watched.delete(tab));
  }

  /** Holds a lock until this is closed. @param {string} name @param {() => void} [begin] */
  #hold(name, begin) {
    const { signal } = this.#closed;
    const until = new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
    const hold = () => {
      begin?.();
      return until;
    };
    this.#locks?.request(`${this.#prefix} ${name}`, { signal }, hold).catch(() => {});
  }

  close() {
    this.#closed.abort();
    this.#channel?.close();
    this.#channel = null;
  }
}

/** 128 random bits; `crypto.randomUUID` is only there over HTTPS. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
