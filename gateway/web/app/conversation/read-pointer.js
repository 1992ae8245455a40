// Tells what was really seen: rows in the window, while the page is visible and has the focus.

/** @typedef {import("/gochat.js").GoChat} GoChat */

export class ReadPointer {
  #conversationId = "";
  #told = 0;

  /** @param {GoChat} chat @param {() => number} lastSeen The highest seq that is in the window. */
  constructor(chat, lastSeen) {
    this.chat = chat;
    this.lastSeen = lastSeen;
  }

  /** @param {string} conversationId @param {number} readUpTo @param {AbortSignal} signal */
  begin(conversationId, readUpTo, signal) {
    this.#conversationId = conversationId;
    this.#told = readUpTo;
    window.addEventListener("focus", this.look, { signal });
    document.addEventListener("visibilitychange", this.look, { signal });
  }

  end() {
    this.#conversationId = "";
  }

  look = () => {
    if (!this.#conversationId || document.visibilityState !== "visible" || !document.hasFocus()) return;
    const seq = this.lastSeen();
    if (seq <= this.#told) return;
    this.#told = seq;
    this.chat.markRead(this.#conversationId, seq);
  };
}
