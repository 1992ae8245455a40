// Who is online, of those who share a SINGLE or a friendship with the caller.

/** A new session is told who is online within this; of whom it hears nothing, they went meanwhile. In milliseconds. */
const TOLD_WITHIN = 5_000;

export class Presence {
  #list;
  #changed;
  /** Whom the present session has been told of; null: it is past its beginning. @type {Set<string> | null} */
  #told = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {import("./conversation-list.js").ConversationList} list
   * @param {(userId: string, online: boolean) => void} changed
   */
  constructor(list, changed) {
    this.#list = list;
    this.#changed = changed;
  }

  /** A new session. */
  begin() {
    this.#told = new Set();
    // Who comes into the list meanwhile comes with their presence.
    const before = this.#list.onlineUsers();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const told = this.#told ?? new Set();
      this.#told = null;
      for (const userId of before) if (!told.has(userId)) this.is(userId, false);
    }, TOLD_WITHIN);
  }

  /** @param {string} userId @param {boolean} online */
  is(userId, online) {
    this.#told?.add(userId);
    if (this.#list.presence(userId, online)) this.#changed(userId, online);
  }

  clear() {
    clearTimeout(this.#timer);
    this.#told = null;
  }
}
