// Reads the list of conversations, page by page, and again when something of it may have changed.

import { Backoff } from "./backoff.js";
import { isTransient } from "./errors.js";

/** @import { Conversation } from "../gochat.js" */

const PAGE = 100;
/** 5,000 conversations: as many as a sync lists. Older ones turn up with their next message. */
const MAX_PAGES = 50;
/** What is asked for in quick succession is read once, in milliseconds. */
const GATHER = 100;

export class Listing {
  #call;
  #list;
  #told;
  /** @type {Promise<void> | null} */
  #reading = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #dueAt = Number.POSITIVE_INFINITY;
  #again = false;
  /** Counts users: what was asked for an earlier one is dropped. */
  #turn = 0;
  /** All pages have been read once. */
  complete = false;

  /**
   * @param {(path: string) => Promise<{ conversations: Conversation[], hasMore: boolean }>} call
   * @param {import("./conversation-list.js").ConversationList} list
   * @param {{ listed(conversation: Conversation): void, complete(gone: string[]): void, failed(error: unknown): void }} told
   */
  constructor(call, list, told) {
    this.#call = call;
    this.#list = list;
    this.#told = told;
  }

  /** Reads all of it; calls while that is under way share it. */
  read() {
    clearTimeout(this.#timer);
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#reading ??= this.#read(this.#turn).finally(() => {
      this.#reading = null;
      if (this.#again) this.soon();
    });
    return this.#reading;
  }

  /** Reads all of it in a moment. @param {number} [within] somewhere within so much longer: many others are told to as well */
  soon(within = 0) {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#again = false;
    const dueAt = Date.now() + GATHER + Math.random() * within;
    // Whoever asks later does not put off who asked before.
    if (dueAt >= this.#dueAt) return;
    this.#dueAt = dueAt;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.read(), dueAt - Date.now());
  }

  clear() {
    this.#turn += 1;
    this.#reading = null;
    this.#again = false;
    this.complete = false;
    this.#dueAt = Number.POSITIVE_INFINITY;
    clearTimeout(this.#timer);
  }

  /** @param {number} turn */
  async #read(turn) {
    const backoff = new Backoff(500, 20_000);
    const mark = this.#list.mark();
    for (let page = 1; page <= MAX_PAGES; ) {
      let answer;
      try {
        answer = await this.#call(`/conversations?size=${PAGE}&page=${page}`);
      } catch (error) {
        if (turn !== this.#turn) return;
        if (!isTransient(error)) return this.#told.failed(error);
        await new Promise((resolve) => setTimeout(resolve, backoff.next()));
        if (turn !== this.#turn) return;
        continue;
      }
      if (turn !== this.#turn) return;
      for (const conversation of answer.conversations) this.#told.listed(conversation);
      this.#list.begin();
      if (!answer.hasMore) {
        this.complete = true;
        // Between two pages a conversation may slip through: only a list of one page says what is gone.
        return this.#told.complete(page === 1 ? this.#list.dropUntouched(mark) : []);
      }
      page += 1;
    }
    this.complete = true;
    this.#told.complete([]);
  }
}
