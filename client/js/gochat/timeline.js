// The messages of one conversation: its newest page, older ones by cursor, and what comes live.

import { Backoff } from "./backoff.js";
import { isTransient } from "./errors.js";
import { blank } from "./order.js";
import { Target } from "./target.js";

/** @import { Draft, Member, Message, TimelineEvents } from "../gochat.js" */
/** @typedef {{ messages: Message[], nextCursor: number | null, hasMore: boolean }} Page */

const PAGE = 50;
const MAX_PAGE = 200;
/** Messages held at most when new ones come; then the oldest go, as many as `TRIMMED`, and can be loaded again. */
const MAX_HELD = 30_000;
const TRIMMED = 10_000;
/** Recalls of messages that are not loaded: a page that was read before them may still be on its way. */
const MAX_TOMBS = 1_000;
/** Messages that come while the newest page is being read. */
const MAX_WAITING = 1_000;
/** Who is said to write and then says nothing more has stopped after this, in milliseconds. */
const TYPING = 8_000;
/** Writers that are shown at once. */
const MAX_TYPING = 100;

/** @extends {Target<TimelineEvents>} */
export class Timeline extends Target {
  /** @type {Message[]} */
  #messages = [];
  /** Came while the newest page was being read, or behind a hole. @type {Map<number, Message>} */
  #waiting = new Map();
  /** @type {Set<number>} */
  #tombs = new Set();
  #loaded = false;
  /** @type {number | null} */
  #cursor = null;
  /** @type {Promise<void> | null} */
  #loading = null;
  /** @type {Promise<void> | null} */
  #loadingOlder = null;
  #filling = false;
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #typing = new Map();
  /** @type {readonly string[]} */
  #writers = [];
  /** @type {Map<string, number>} */
  #readBy = new Map();
  #deliveredSeq = 0;
  #single = false;
  /** @type {Set<TimelineEvents["change"]["kind"]> | null} */
  #changes = null;
  #parts;
  /** When it was last looked at. */
  usedAt = 0;

  /**
   * @param {string} conversationId
   * @param {object} parts
   * @param {(query: string) => Promise<Page>} parts.page
   * @param {() => Promise<{ members: Member[], single: boolean } | null>} parts.members null where nobody counts who has read
   * @param {() => Promise<number>} parts.delivered what is remembered of it
   * @param {(message: Message) => void} parts.found a message that came by a page
   * @param {() => readonly Draft[]} parts.drafts
   * @param {() => string | undefined} parts.me
   */
  constructor(conversationId, parts) {
    super();
    this.conversationId = conversationId;
    this.#parts = parts;
  }

  /** @returns {readonly Message[]} */
  get messages() {
    return this.#messages;
  }

  /** @returns {readonly Draft[]} */
  get drafts() {
    return this.#parts.drafts();
  }

  get loaded() {
    return this.#loaded;
  }

  get hasOlder() {
    return this.#cursor !== null;
  }

  get typing() {
    return this.#writers;
  }

  /** @returns {ReadonlyMap<string, number>} */
  get readBy() {
    return this.#readBy;
  }

  get deliveredSeq() {
    return this.#deliveredSeq;
  }

  /** True while its messages are held, or about to be. */
  get isHeld() {
    return this.#loading !== null;
  }

  load() {
    this.usedAt = Date.now();
    this.#loading ??= this.#load().catch((error) => {
      this.#loading = null;
      throw error;
    });
    return this.#loading;
  }

  async #load() {
    const readers = this.refresh();
    const page = await this.#newest();
    this.#begin(page);
    await readers;
  }

  /** A failure for now is no answer: who opens a conversation during a restart sees it afterwards. @returns {Promise<Page>} */
  async #newest() {
    for (const backoff = new Backoff(500, 10_000); ; ) {
      try {
        return await this.#parts.page(`?limit=${PAGE}`);
      } catch (error) {
        if (!isTransient(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, backoff.next()));
      }
    }
  }

  /** @param {Page} page */
  #begin(page) {
    this.#messages = page.messages.reverse().map((message) => this.#asKnown(message));
    this.#cursor = page.nextCursor;
    this.#loaded = true;
    for (const message of this.#messages) this.#parts.found(message);
    this.#takeWaiting();
    this.#changed("reset");
  }

  /** Who has read what, anew. Not worth a failure. */
  async refresh() {
    try {
      const known = await this.#parts.delivered();
      const shown = await this.#parts.members();
      if (!shown) return;
      const { members, single } = shown;
      const before = [...this.#readBy, this.#deliveredSeq].join();
      this.#single = single;
      const ids = new Set(members.map(({ user }) => user.id));
      for (const id of this.#readBy.keys()) if (!ids.has(id)) this.#readBy.delete(id);
      for (const { user, lastReadSeqId } of members) this.#raise(user.id, lastReadSeqId);
      if (single) this.#deliveredSeq = Math.max(known, this.#deliveredSeq, ...this.#readBy.values());
      if ([...this.#readBy, this.#deliveredSeq].join() !== before) this.#changed("update");
    } catch {
      // The next receipt says more.
    }
  }

  /** @param {number} [limit] */
  loadOlder(limit = PAGE) {
    this.#loadingOlder ??= this.#loadOlder(limit).finally(() => {
      this.#loadingOlder = null;
    });
    return this.#loadingOlder;
  }

  /** @param {number} limit */
  async #loadOlder(limit) {
    await this.load();
    const cursor = this.#cursor;
    if (cursor === null) return;
    const page = await this.#parts.page(`?limit=${Math.min(limit, MAX_PAGE)}&cursor=${cursor}`);
    // Meanwhile it began anew.
    if (cursor !== this.#cursor) return;
    const first = this.#messages[0]?.seqId ?? Number.POSITIVE_INFINITY;
    const older = page.messages.filter((message) => message.seqId < first).reverse();
    this.#messages = older.map((message) => this.#asKnown(message)).concat(this.#messages);
    this.#cursor = page.nextCursor;
    this.#changed("older");
  }

  /** @param {number} seqId */
  async find(seqId) {
    await this.load();
    while (this.hasOlder && seqId < (this.#messages[0]?.seqId ?? 0)) await this.loadOlder(MAX_PAGE);
    return this.#at(seqId);
  }

  /** @param {number} seqId @returns {Message | undefined} */
  #at(seqId) {
    return this.#messages[seqId - (this.#messages[0]?.seqId ?? 0)];
  }

  /** The next message of the conversation. @param {Message} message */
  add(message) {
    this.#raise(message.sender.id, message.seqId);
    if (this.#typing.has(message.sender.id)) this.writes(message.sender.id, false);
    if (!this.isHeld) return;
    if (this.#loaded && message.seqId <= this.#last) return;
    if (this.#waiting.size < MAX_WAITING) this.#waiting.set(message.seqId, message);
    if (!this.#loaded) return;
    this.#takeWaiting();
    this.#changed("newer");
    if (this.#messages.length > MAX_HELD) this.#trim();
  }

  get #last() {
    return this.#messages.at(-1)?.seqId ?? 0;
  }

  #takeWaiting() {
    for (;;) {
      const message = this.#waiting.get(this.#last + 1);
      if (!message) break;
      this.#waiting.delete(message.seqId);
      this.#messages.push(this.#asKnown(message));
    }
    for (const seqId of this.#waiting.keys()) if (seqId <= this.#last) this.#waiting.delete(seqId);
    if (this.#waiting.size > 0) this.#fill();
  }

  /** What is missing between the page and what came since is read from history. */
  async #fill() {
    if (this.#filling) return;
    this.#filling = true;
    const backoff = new Backoff(500, 10_000);
    while (this.#loaded && this.#waiting.size > 0) {
      try {
        const page = await this.#parts.page(`?limit=${MAX_PAGE}&afterSeq=${this.#last}`);
        if (!this.#loaded) break;
        for (const message of page.messages) if (message.seqId > this.#last) this.#waiting.set(message.seqId, message);
        const before = this.#last;
        this.#takeWaiting();
        this.#changed("newer");
        if (this.#last === before) break;
      } catch (error) {
        if (!isTransient(error)) break;
        await new Promise((resolve) => setTimeout(resolve, backoff.next()));
      }
    }
    this.#filling = false;
  }

  #trim() {
    this.#messages = this.#messages.slice(TRIMMED);
    this.#cursor = this.#messages[0].seqId;
    this.#changed("reset");
  }

  /** @param {number} seqId */
  recall(seqId) {
    const known = this.#at(seqId);
    if (known) {
      if (known.deleted) return;
      this.#messages[seqId - this.#messages[0].seqId] = blank(known);
      this.#changed("update");
      return;
    }
    if (!this.isHeld) return;
    if (this.#tombs.size >= MAX_TOMBS) this.#tombs.delete(/** @type {number} */ (this.#tombs.values().next().value));
    this.#tombs.add(seqId);
  }

  /** @param {Message} message */
  #asKnown(message) {
    return this.#tombs.delete(message.seqId) ? blank(message) : message;
  }

  /** A member has read up to here. @param {string} userId @param {number} seqId */
  read(userId, seqId) {
    if (this.#raise(userId, seqId)) this.#changed("update");
  }

  /** @param {string} userId @param {number} seqId */
  #raise(userId, seqId) {
    if (userId === this.#parts.me() || seqId <= (this.#readBy.get(userId) ?? 0)) return false;
    this.#readBy.set(userId, seqId);
    // What was read, or answered, has arrived.
    if (this.#single) this.#deliveredSeq = Math.max(this.#deliveredSeq, seqId);
    return true;
  }

  /** The other user's devices have got everything up to here. @param {number} seqId */
  delivered(seqId) {
    if (seqId <= this.#deliveredSeq) return;
    this.#deliveredSeq = seqId;
    this.#changed("update");
  }

  /** @param {string} userId @param {boolean} typing */
  writes(userId, typing) {
    if (userId === this.#parts.me()) return;
    const known = this.#typing.get(userId);
    clearTimeout(known);
    if (typing && (known !== undefined || this.#typing.size < MAX_TYPING)) {
      this.#typing.set(
        userId,
        setTimeout(() => this.writes(userId, false), TYPING),
      );
      if (known !== undefined) return;
    } else if (!this.#typing.delete(userId)) return;
    this.#writers = [...this.#typing.keys()];
    this.#changed("update");
  }

  /** @param {"newer" | "update"} kind */
  draftsChanged(kind) {
    this.#changed(kind);
  }

  /** Too much was missed to be told one by one: begins anew with the newest page. */
  async beginAnew() {
    if (!this.#loaded) return;
    try {
      const page = await this.#newest();
      if (!this.#loaded) return;
      this.#begin(page);
    } catch {
      this.unload();
    }
  }

  /** Lets go of the messages; `load` gets them again. */
  unload() {
    if (!this.isHeld && this.#typing.size === 0) return;
    for (const timer of this.#typing.values()) clearTimeout(timer);
    this.#typing.clear();
    this.#writers = [];
    this.#messages = [];
    this.#waiting.clear();
    this.#tombs.clear();
    this.#readBy = new Map();
    this.#loaded = false;
    this.#cursor = null;
    this.#loading = null;
    this.#changed("reset");
  }

  /** One event of a kind for all that changes at once; a `reset` says everything. @param {TimelineEvents["change"]["kind"]} kind */
  #changed(kind) {
    if (this.#changes === null) {
      this.#changes = new Set();
      queueMicrotask(() => {
        const kinds = this.#changes ?? new Set();
        this.#changes = null;
        for (const one of kinds.has("reset") ? ["reset"] : kinds)
          this._tell("change", { kind: /** @type {any} */ (one) });
      });
    }
    this.#changes.add(kind);
  }
}
