// Tells the others that one is writing: not at each key press, and not for longer than it is so.

/** Between two `typing` frames of a conversation, in milliseconds. */
const SPACING = 3_000;
/** Who presses no key for so long has stopped. */
const SILENCE = 5_000;

export class Typing {
  /** @type {Map<string, { toldAt: number, timer: ReturnType<typeof setTimeout> }>} */
  #writing = new Map();
  #post;

  /** @param {(type: string, data: object) => boolean} post */
  constructor(post) {
    this.#post = post;
  }

  /** @param {string} conversationId @param {boolean} typing */
  press(conversationId, typing) {
    const known = this.#writing.get(conversationId);
    clearTimeout(known?.timer);
    if (!typing) {
      if (this.#writing.delete(conversationId)) this.#post("stop-typing", { conversationId });
      return;
    }
    let toldAt = known?.toldAt ?? Number.NEGATIVE_INFINITY;
    if (Date.now() - toldAt >= SPACING && this.#post("typing", { conversationId })) toldAt = Date.now();
    const timer = setTimeout(() => this.press(conversationId, false), SILENCE);
    this.#writing.set(conversationId, { toldAt, timer });
  }

  clear() {
    for (const { timer } of this.#writing.values()) clearTimeout(timer);
    this.#writing.clear();
  }
}
