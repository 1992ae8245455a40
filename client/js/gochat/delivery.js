// What has reached a device: told to the other user of a SINGLE, and remembered of theirs.

/** @import { Message } from "../gochat.js" */

/** What is remembered is written at most so often, in milliseconds. */
const WRITE_EVERY = 1_000;
/** Conversations whose receipts are remembered in memory; storage has them all. */
const MAX_REMEMBERED = 1_000;
const SINGLE = 1;

export class Delivery {
  /** The highest seq that the other user's devices have got. @type {Map<string, number>} */
  #theirs = new Map();
  /** What is not written yet. @type {Set<string>} */
  #unwritten = new Set();
  /** What was told while the other user was away. @type {Set<string>} */
  #owed = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #parts;

  /**
   * @param {object} parts
   * @param {import("./receipts.js").Receipts} parts.receipts
   * @param {import("./conversation-list.js").ConversationList} parts.list
   * @param {import("./storage.js").Storage} parts.storage
   * @param {() => string | undefined} parts.me
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** A message of somebody else's came. @param {Message} message */
  got({ conversationId, seqId, sender }) {
    const { list, receipts } = this.#parts;
    if (list.get(conversationId)?.type !== SINGLE) return;
    receipts.mark(conversationId, seqId);
    if (!list.isOnline(sender.id) && this.#owed.size < MAX_REMEMBERED) this.#owed.add(conversationId);
  }

  /** They were away, and are not any more: what was told meanwhile did not reach them. @param {string} userId @param {import("./order.js").Order} order */
  peerCame(userId, order) {
    const { list, receipts } = this.#parts;
    const id = list.singleWith(userId);
    const last = id === undefined ? null : list.get(id)?.lastMessage;
    if (id === undefined || !last) return;
    // At the beginning everybody comes; only who is owed something, or wrote last, hears of it.
    if (!this.#owed.delete(id) && last.sender.id !== userId) return;
    receipts.mark(id, order.position(id)?.seq ?? 0, { again: true });
  }

  connected() {
    this.#parts.receipts.connected();
  }

  /** The other user's device has got everything up to here. @param {string} id @param {number} seqId */
  theirs(id, seqId) {
    if (seqId <= (this.#theirs.get(id) ?? 0)) return;
    if (this.#theirs.size >= MAX_REMEMBERED && this.#unwritten.size === 0) this.#theirs.clear();
    this.#theirs.set(id, seqId);
    this.#unwritten.add(id);
    this.#timer ??= setTimeout(() => this.#write(), WRITE_EVERY);
  }

  /** @param {string} id */
  async remembered(id) {
    const known = this.#theirs.get(id) ?? 0;
    const stored = await this.#parts.storage.get("delivered", this.#key(id)).catch(() => 0);
    return Math.max(known, stored ?? 0);
  }

  #write() {
    this.#timer = undefined;
    for (const id of this.#unwritten) {
      const seqId = this.#theirs.get(id);
      // Remembering it is a courtesy.
      this.#parts.storage.put("delivered", this.#key(id), seqId).catch(() => {});
    }
    this.#unwritten.clear();
  }

  /** @param {string} id */
  #key(id) {
    return `${this.#parts.me()} ${id}`;
  }

  clear() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#parts.receipts.clear();
    this.#theirs.clear();
    this.#unwritten.clear();
    this.#owed.clear();
  }
}
