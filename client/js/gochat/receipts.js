// Tells the server what was read and what was got: the highest seq of each conversation, not one by one.

import { GoChatError, isTransient } from "./errors.js";

/** What comes within this goes together, in milliseconds. */
const GATHER = 300;
/** What was refused for now is told again after this. */
const RETRY = 2_000;
/** Frames at once; the rest waits for the next round. */
const MAX_AT_ONCE = 16;
/** Conversations that wait; of more the oldest are dropped. The next message says what they said. */
const MAX_WAITING = 1_000;

/** One kind of receipt: `mark-read`, or `mark-delivered`. */
export class Receipts {
  /** @type {Map<string, number>} */
  #waiting = new Map();
  /** What was told over this or an earlier connection. @type {Map<string, number>} */
  #told = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #frame;
  #socket;
  #answered;
  #silent;
  /** The server does not know this frame: it is spared more of them until it is another session. */
  #refused = false;

  /**
   * @param {string} frame
   * @param {import("./socket.js").Socket} socket
   * @param {{ silent?: boolean, answered?: (conversationId: string, answer: any) => void }} [options] `silent`: nobody answers it
   */
  constructor(frame, socket, { silent = false, answered = () => {} } = {}) {
    this.#frame = frame;
    this.#socket = socket;
    this.#silent = silent;
    this.#answered = answered;
  }

  /** @param {string} conversationId @param {number} seqId @param {{ again?: boolean }} [options] `again`: though it was told before */
  mark(conversationId, seqId, { again = false } = {}) {
    if (seqId < 1 || seqId <= (this.#waiting.get(conversationId) ?? 0)) return;
    if (!again && seqId <= (this.#told.get(conversationId) ?? 0)) return;
    this.#waiting.delete(conversationId);
    this.#waiting.set(conversationId, seqId);
    if (this.#waiting.size > MAX_WAITING)
      this.#waiting.delete(/** @type {string} */ (this.#waiting.keys().next().value));
    this.#wake(GATHER);
  }

  /** A new session. */
  connected() {
    this.#refused = false;
    if (this.#waiting.size > 0) this.#wake(GATHER);
  }

  clear() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
    this.#told.clear();
  }

  /** @param {number} wait */
  #wake(wait) {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, wait);
  }

  #flush() {
    if (this.#socket.state !== "connected" || this.#refused) return;
    for (const [conversationId, seqId] of [...this.#waiting].slice(0, MAX_AT_ONCE)) {
      this.#waiting.delete(conversationId);
      this.#send(conversationId, seqId);
    }
    if (this.#waiting.size > 0) this.#wake(GATHER);
  }

  /** @param {string} conversationId @param {number} seqId */
  async #send(conversationId, seqId) {
    try {
      const answer = await this.#socket.request(this.#frame, { conversationId, seqId }, { silent: this.#silent });
      if (this.#told.size >= MAX_WAITING) this.#told.clear();
      this.#told.set(conversationId, Math.max(seqId, this.#told.get(conversationId) ?? 0));
      this.#answered(conversationId, answer);
    } catch (error) {
      if (error instanceof GoChatError && error.code === "INVALID_PARAMETER") this.#refused = true;
      if (!isTransient(error)) return;
      if (seqId > (this.#waiting.get(conversationId) ?? 0)) this.#waiting.set(conversationId, seqId);
      this.#wake(RETRY);
    }
  }
}
