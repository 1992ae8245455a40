// The messages that replies answer. Those that are not in the timeline are asked for one by one, when a reply to them is drawn.

import { fields } from "./system.js";

/** @typedef {import("/gochat.js").GoChat} GoChat */
/** @typedef {import("/gochat.js").Message} Message */

export class Quotes {
  /** By seq; null: asked for, or not there. @type {Map<number, Message | null>} */
  #fetched = new Map();

  /** @param {GoChat} chat @param {string} conversationId @param {() => void} changed */
  constructor(chat, conversationId, changed) {
    this.chat = chat;
    this.conversationId = conversationId;
    this.changed = changed;
  }

  /** The seq that a message with this extra answers, 0: none. @param {string} extra */
  seqOf(extra) {
    if (!extra.includes("replyTo")) return 0;
    const { replyTo } = fields(extra);
    if (typeof replyTo !== "string" || !replyTo.startsWith(`${this.conversationId}.`)) return 0;
    const seq = Number(replyTo.slice(this.conversationId.length + 1));
    return Number.isSafeInteger(seq) && seq > 0 ? seq : 0;
  }

  /** The message with this seq; null while it is not known. @param {number} seq @returns {Message | null} */
  get(seq) {
    const { messages } = this.chat.timeline(this.conversationId);
    const first = messages[0]?.seqId ?? 0;
    const loaded = messages[seq - first];
    if (loaded?.seqId === seq) return loaded;
    if (!this.#fetched.has(seq)) this.#fetch(seq);
    return this.#fetched.get(seq) ?? null;
  }

  /** @param {number} seq */
  recalled(seq) {
    const message = this.#fetched.get(seq);
    if (message) this.#fetched.set(seq, { ...message, deleted: true, content: "", extra: "" });
  }

  /** @param {number} seq */
  async #fetch(seq) {
    this.#fetched.set(seq, null);
    const path = `/conversations/${encodeURIComponent(this.conversationId)}/messages?cursor=${seq + 1}&limit=1`;
    try {
      const { messages } = await this.chat.call("GET", path);
      if (messages[0]?.seqId !== seq) return;
      this.#fetched.set(seq, messages[0]);
      this.changed();
    } catch {
      // Asked again when it is drawn again.
      this.#fetched.delete(seq);
    }
  }
}
