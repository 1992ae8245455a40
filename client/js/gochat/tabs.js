// The tabs of one browser that share a sign-in: they speak over a BroadcastChannel and keep out of each other's way by locks.
// Without either (an insecure origin, an old browser) each tab works alone, which costs doubles that the server drops.

/** A lock that another tab does not let go of is passed over after this, in milliseconds. */
const LOCK_WITHIN = 20_000;
/** A closed tab's things are left alone for so long: after a reload it comes back for them itself. */
const BACK_WITHIN = 3_000;
/** How often, and after which waits, a reloaded tab tries to be what it was: its former page may not be quite gone. */
const CLAIMS = [0, 30, 100, 300];

export class Tabs {
  /** Names this tab, over reloads; settled by `ready`. */
  id = newId();
  ready;
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
    this.ready = this.#claim();
  }

  /** Takes the name that this tab had before it was reloaded. A copy of a tab brings the name along, but not its lock. */
  async #claim() {
    const former = session(this.#prefix);
    for (const wait of former && this.#locks ? CLAIMS : []) {
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      if (await this.#tryToHold(`tab ${former}`)) {
        this.id = /** @type {string} */ (former);
        return;
      }
    }
    session(this.#prefix, this.id);
    await this.#tryToHold(`tab ${this.id}`);
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

  /** @param {string} name @returns {Promise<boolean>} false when another tab holds it */
  #tryToHold(name) {
    return new Promise((resolve) => {
      if (!this.#locks) return resolve(true);
      const hold = (/** @type {Lock | null} */ lock) => {
        resolve(lock !== null);
        return lock ? this.#untilClosed() : undefined;
      };
      this.#locks.request(`${this.#prefix} ${name}`, { ifAvailable: true }, hold).catch(() => resolve(false));
    });
  }

  #untilClosed() {
    const { signal } = this.#closed;
    return new Promise((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener("abort", () => resolve(undefined));
    });
  }

  /** Does `work` if that tab is gone, and meanwhile nobody else does. @param {string} tab @param {() => Promise<void>} work */
  async ifGone(tab, work) {
    const only = { ifAvailable: true };
    await this.#locks
      ?.request(`${this.#prefix} tab ${tab}`, only, (lock) => (lock ? work() : undefined))
      .catch(() => {});
  }

  /** Holds a lock until this is closed. @param {string} name @param {() => void} [begin] */
  #hold(name, begin) {
    const { signal } = this.#closed;
    const hold = () => {
      begin?.();
      return this.#untilClosed();
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

/** The same with the time in front, in milliseconds: keys that grow are the cheapest for the server's index. */
export function newKey() {
  return Date.now().toString(16).padStart(12, "0") + newId().slice(12);
}

/** What this tab remembers over reloads. @param {string} key @param {string} [value] */
function session(key, value) {
  try {
    if (value !== undefined) sessionStorage.setItem(key, value);
    return sessionStorage.getItem(key);
  } catch {
    // Forbidden here.
    return null;
  }
}
