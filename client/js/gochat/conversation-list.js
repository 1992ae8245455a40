// The caller's conversations: loaded by pages, kept up to date by frames.

import { Target } from "./target.js";

/** @import { Conversation, ListEvents, Message, Peer } from "../gochat.js" */

/**
 * @typedef {object} Row
 * @property {Conversation} item
 * @property {number} lastSeq
 * @property {number} readSeq
 * @property {number} moved breaks ties between activities of the same second
 * @property {number} touched when the caller came to it or something happened in it, by a count
 * @property {boolean} kept stays although the server does not list it
 */

/** @extends {Target<ListEvents>} */
export class ConversationList extends Target {
  loaded = false;
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {Map<string, string>} */
  #singles = new Map();
  /** @type {Map<string, boolean>} */
  #online = new Map();
  /** @type {Conversation[] | null} */
  #sorted = null;
  /** @type {number | null} */
  #unread = null;
  /** What changed since the last event; null: nothing, "all": everything. @type {Set<string> | "all" | null} */
  #changes = null;
  #count = 0;

  /** @returns {readonly Conversation[]} */
  get items() {
    if (!this.#sorted) {
      const rows = [...this.#rows.values()];
      rows.sort((a, b) => b.item.lastActivityAt - a.item.lastActivityAt || b.moved - a.moved);
      this.#sorted = rows.map((row) => row.item);
    }
    return this.#sorted;
  }

  get unreadTotal() {
    if (this.#unread === null) {
      this.#unread = 0;
      for (const { item } of this.#rows.values()) this.#unread += item.unreadCount;
    }
    return this.#unread;
  }

  /** @param {string} id */
  get(id) {
    return this.#rows.get(id)?.item;
  }

  /** @param {string} userId */
  isOnline(userId) {
    return this.#online.get(userId) ?? false;
  }

  /** The SINGLE with a user, if it is listed. @param {string} userId */
  singleWith(userId) {
    return this.#singles.get(userId);
  }

  /** A mark for `dropUntouched`. */
  mark() {
    return this.#count;
  }

  /**
   * As the server lists it, or shows it alone. What was heard since the server looked is not undone by it.
   * @param {Conversation} shown
   * @param {{ keep?: boolean }} [options]
   */
  put(shown, { keep = false } = {}) {
    const { id } = shown;
    const before = this.#rows.get(id);
    const last = shown.lastMessage?.seqId ?? 0;
    const lastSeq = Math.max(last, before?.lastSeq ?? 0);
    const readSeq = Math.max(last - shown.unreadCount, before?.readSeq ?? 0);
    const newer = before !== undefined && before.lastSeq > last;
    const lastActivityAt = shown.lastActivityAt ?? shown.lastMessage?.createdAt ?? shown.createdAt;
    /** @type {Conversation} */
    const item = {
      ...shown,
      lastMessage: newer ? before.item.lastMessage : shown.lastMessage,
      lastActivityAt: Math.max(lastActivityAt, before?.item.lastActivityAt ?? 0),
      unreadCount: Math.max(0, lastSeq - readSeq),
      myMembership: shown.myMembership ?? before?.item.myMembership,
      peer: shown.peer ?? before?.item.peer,
    };
    // Members are asked for when they are shown; in a list they would only grow old.
    delete item.members;
    this.#count += 1;
    const row = {
      item,
      lastSeq,
      readSeq,
      // At first as the server orders them; one that is heard of later is the newest of its second.
      moved: before?.moved ?? (this.loaded ? this.#count : -this.#count),
      touched: this.#count,
      kept: keep || !!before?.kept,
    };
    this.#rows.set(id, row);
    if (item.peer) {
      this.#singles.set(item.peer.id, id);
      if (item.peer.online !== undefined) this.#online.set(item.peer.id, item.peer.online);
    }
    this.#changed(id);
  }

  /**
   * What a frame tells of a conversation: not what is the caller's own of it.
   * @param {Conversation} shown
   */
  describe(shown) {
    const row = this.#rows.get(shown.id);
    if (!row) return false;
    const { name, avatarUrl, description, ownerId, memberCount, updatedAt } = shown;
    // A SINGLE has its peer's name, and a frame that is for both may not know whose.
    const own = shown.peer || !row.item.peer ? { name, avatarUrl } : {};
    this.#set(row, { ...row.item, ...own, description, ownerId, memberCount, updatedAt });
    return true;
  }

  /** The next message of a conversation. @param {Message} message @param {boolean} own false when it is not listed */
  add(message, own) {
    const row = this.#rows.get(message.conversationId);
    if (!row) return false;
    if (message.seqId <= row.lastSeq && message.seqId !== row.item.lastMessage?.seqId) {
      if (own) this.read(message.conversationId, message.seqId);
      return true;
    }
    row.lastSeq = Math.max(row.lastSeq, message.seqId);
    // Sending moves the sender's own pointer.
    if (own) row.readSeq = Math.max(row.readSeq, message.seqId);
    this.#count += 1;
    row.moved = row.touched = this.#count;
    const lastActivityAt = Math.max(message.createdAt, row.item.lastActivityAt);
    this.#set(row, { ...row.item, lastMessage: message, lastActivityAt, unreadCount: unread(row) });
    return true;
  }

  /** @param {string} id @param {number} seqId @param {(message: Message) => Message} left */
  recall(id, seqId, left) {
    const row = this.#rows.get(id);
    const last = row?.item.lastMessage;
    if (row && last?.seqId === seqId && !last.deleted) this.#set(row, { ...row.item, lastMessage: left(last) });
  }

  /** The caller has read up to here. True if that was not known. @param {string} id @param {number} seqId */
  read(id, seqId) {
    const row = this.#rows.get(id);
    if (!row || seqId <= row.readSeq) return false;
    row.readSeq = Math.min(seqId, Math.max(row.lastSeq, row.readSeq));
    this.#set(row, { ...row.item, unreadCount: unread(row) });
    return true;
  }

  /** Where the caller's pointer stands. @param {string} id */
  readSeq(id) {
    return this.#rows.get(id)?.readSeq ?? 0;
  }

  /** The server says that there is more than was heard. @param {string} id @param {number} lastSeq */
  reaches(id, lastSeq) {
    const row = this.#rows.get(id);
    if (!row || lastSeq <= row.lastSeq) return;
    row.lastSeq = lastSeq;
    this.#set(row, { ...row.item, unreadCount: unread(row) });
  }

  /** @param {string} id @param {number} more members that came, or (negative) went */
  grow(id, more) {
    const row = this.#rows.get(id);
    if (row) this.#set(row, { ...row.item, memberCount: Math.max(0, row.item.memberCount + more) });
  }

  /** @param {string} id */
  remove(id) {
    const row = this.#rows.get(id);
    if (!row) return false;
    this.#rows.delete(id);
    if (row.item.peer) this.#singles.delete(row.item.peer.id);
    this.#changed(id);
    return true;
  }

  /** Everything is listed: what was not, and had been there since `mark`, is gone. @param {number} mark @returns {string[]} */
  dropUntouched(mark) {
    const gone = [...this.#rows].filter(([, row]) => row.touched <= mark && !row.kept).map(([id]) => id);
    for (const id of gone) this.remove(id);
    return gone;
  }

  /** @param {string} userId @param {boolean} online @returns {boolean} true if that was not known */
  presence(userId, online) {
    if (this.#online.get(userId) === online) return false;
    this.#online.set(userId, online);
    const id = this.#singles.get(userId);
    const row = id === undefined ? undefined : this.#rows.get(id);
    if (row?.item.peer) this.#set(row, { ...row.item, peer: /** @type {Peer} */ ({ ...row.item.peer, online }) });
    else this.#changed();
    return true;
  }

  /** Who is thought to be online. */
  onlineUsers() {
    return [...this.#online].filter(([, online]) => online).map(([userId]) => userId);
  }

  /** The first page has come. */
  begin() {
    if (this.loaded) return;
    this.loaded = true;
    this.#changed();
  }

  clear() {
    this.loaded = false;
    this.#rows.clear();
    this.#singles.clear();
    this.#online.clear();
    this.#changed();
  }

  /** @param {Row} row @param {Conversation} item */
  #set(row, item) {
    row.item = item;
    this.#changed(item.id);
  }

  /** One event for all that changes at once. @param {string} [id] absent: everything */
  #changed(id) {
    this.#sorted = null;
    this.#unread = null;
    if (this.#changes === null) {
      this.#changes = new Set();
      queueMicrotask(() => {
        const changes = this.#changes;
        this.#changes = null;
        this._tell("change", changes === "all" || changes === null ? {} : { ids: [...changes] });
      });
    }
    if (id === undefined) this.#changes = "all";
    else if (this.#changes !== "all") this.#changes.add(id);
  }
}

/** @param {Row} row */
function unread({ lastSeq, readSeq }) {
  return Math.max(0, lastSeq - readSeq);
}
