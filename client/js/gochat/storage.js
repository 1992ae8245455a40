// What outlives the page: IndexedDB, or memory where there is none (private windows, `storage: "memory"`).

/** @typedef {"account" | "outbox" | "delivered"} Store */
/** @type {Store[]} */
const STORES = ["account", "outbox", "delivered"];
/** Some browsers never answer an `open` that they do not want: then it is memory. */
const OPEN_WITHIN = 3_000;

export class Storage {
  /** @type {Promise<IDBDatabase | null> | null} */
  #opening = null;
  #memory = new Map(STORES.map((store) => [store, /** @type {Map<string, any>} */ (new Map())]));
  #name;
  #persistent;

  /** @param {string} name @param {boolean} persistent */
  constructor(name, persistent) {
    this.#name = name;
    this.#persistent = persistent && typeof indexedDB !== "undefined";
  }

  /** @param {Store} store @param {string} key @returns {Promise<any>} */
  get(store, key) {
    return this.#run(store, "readonly", (records) => records.get(key));
  }

  /** @param {Store} store @returns {Promise<any[]>} */
  all(store) {
    return this.#run(store, "readonly", (records) => records.getAll());
  }

  /** @param {Store} store @param {string} key @param {unknown} value @returns {Promise<void>} */
  put(store, key, value) {
    return this.#run(store, "readwrite", (records) => records.put(value, key));
  }

  /** @param {Store} store @param {string} key @returns {Promise<void>} */
  delete(store, key) {
    return this.#run(store, "readwrite", (records) => records.delete(key));
  }

  async close() {
    const opening = this.#opening;
    this.#opening = Promise.resolve(null);
    (await opening)?.close();
  }

  /**
   * @param {Store} store
   * @param {IDBTransactionMode} mode
   * @param {(records: any) => any} work
   */
  async #run(store, mode, work) {
    for (let again = true; ; again = false) {
      this.#opening ??= this.#open();
      const database = await this.#opening;
      if (!database) return work(new MemoryRecords(/** @type {Map<string, any>} */ (this.#memory.get(store))));
      try {
        return await transact(database, store, mode, work);
      } catch (error) {
        // The browser closed the connection: once more over a new one.
        if (!again || !(error instanceof DOMException) || error.name !== "InvalidStateError") throw error;
        this.#opening = null;
      }
    }
  }

  /** @returns {Promise<IDBDatabase | null>} */
  #open() {
    if (!this.#persistent) return Promise.resolve(null);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), OPEN_WITHIN);
      const done = (/** @type {IDBDatabase | null} */ database) => {
        clearTimeout(timer);
        resolve(database);
      };
      try {
        const request = indexedDB.open(this.#name, 1);
        request.onupgradeneeded = () => {
          for (const store of STORES) request.result.createObjectStore(store);
        };
        request.onerror = () => done(null);
        request.onsuccess = () => {
          const database = request.result;
          const forget = () => {
            this.#opening = null;
          };
          database.onversionchange = () => {
            forget();
            database.close();
          };
          database.onclose = forget;
          done(database);
        };
      } catch {
        done(null);
      }
    });
  }
}

/**
 * @param {IDBDatabase} database
 * @param {Store} store
 * @param {IDBTransactionMode} mode
 * @param {(records: IDBObjectStore) => IDBRequest} work
 */
function transact(database, store, mode, work) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode);
    const request = work(transaction.objectStore(store));
    // Asked for by name: a transaction that only ends by itself is undone when the page is closed meanwhile.
    transaction.commit?.();
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

class MemoryRecords {
  /** @param {Map<string, any>} records */
  constructor(records) {
    this.records = records;
  }
  /** @param {string} key */
  get(key) {
    return this.records.get(key);
  }
  getAll() {
    return [...this.records.values()];
  }
  /** @param {unknown} value @param {string} key */
  put(value, key) {
    this.records.set(key, value);
  }
  /** @param {string} key */
  delete(key) {
    this.records.delete(key);
  }
}
