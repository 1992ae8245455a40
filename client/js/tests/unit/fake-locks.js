// `navigator.locks` and BroadcastChannel for several clients in one process.

export class FakeLocks {
  /** @type {Set<string>} */
  held = new Set();
  /** @type {{ name: string, run(): void }[]} */
  #queue = [];

  /**
   * @param {string} name
   * @param {any} options
   * @param {(lock: object | null) => any} [work]
   */
  request(name, options, work = options) {
    const { ifAvailable = false, signal } = typeof options === "function" ? {} : options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const run = async () => {
        this.held.add(name);
        try {
          resolve(await work({ name }));
        } catch (error) {
          reject(error);
        } finally {
          this.held.delete(name);
          const next = this.#queue.findIndex((one) => one.name === name);
          if (next >= 0) this.#queue.splice(next, 1)[0].run();
        }
      };
      if (!this.held.has(name))
        return queueMicrotask(() =>
          this.held.has(name) ? this.#wait(name, run, ifAvailable, work, resolve, signal, reject) : run(),
        );
      this.#wait(name, run, ifAvailable, work, resolve, signal, reject);
    });
  }

  /** @param {string} name @param {() => void} run @param {boolean} ifAvailable @param {any} work @param {any} resolve @param {AbortSignal | undefined} signal @param {any} reject */
  #wait(name, run, ifAvailable, work, resolve, signal, reject) {
    if (ifAvailable) return resolve(work(null));
    const waiting = { name, run };
    this.#queue.push(waiting);
    signal?.addEventListener("abort", () => {
      const place = this.#queue.indexOf(waiting);
      if (place < 0) return;
      this.#queue.splice(place, 1);
      reject(signal.reason);
    });
  }
}

export class FakeChannel {
  /** @type {Set<FakeChannel>} */
  static all = new Set();
  /** @type {((event: { data: any }) => void) | null} */
  onmessage = null;

  /** @param {string} name */
  constructor(name) {
    this.name = name;
    FakeChannel.all.add(this);
  }

  /** @param {any} data */
  postMessage(data) {
    for (const other of FakeChannel.all) {
      if (other !== this && other.name === this.name)
        queueMicrotask(() => other.onmessage?.({ data: structuredClone(data) }));
    }
  }

  close() {
    FakeChannel.all.delete(this);
  }
}

/** Gives this process both. */
export function install() {
  Object.defineProperty(globalThis, "navigator", { value: { locks: new FakeLocks() }, configurable: true });
  globalThis.BroadcastChannel = /** @type {any} */ (FakeChannel);
}
