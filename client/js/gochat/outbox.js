// Messages that the server has not acknowledged: stored before they are sent, sent until they are answered.
//
// Of each conversation one message is under way at a time, the oldest. So none overtakes another: not when the server refuses one for
// now and would take the next, and not over a new connection. Its key stays the same, so that the server stores it once however
// often it is sent, be it by two tabs.

import { Backoff } from "./backoff.js";
import { asGoChatError, GoChatError, isAboutToken, isTransient, signedOut } from "./errors.js";
import { newKey } from "./tabs.js";

/** @import { Draft, Message } from "../gochat.js" */

/** Unacknowledged messages in one tab; one more is refused with OUTBOX_FULL. */
const MAX_ENTRIES = 1_000;
/** Bounds of the wait after a refusal for now, in milliseconds. */
const RETRY = [500, 20_000];

/**
 * What is stored of a message.
 * @typedef {object} Stored
 * @property {string} clientMsgId
 * @property {string} userId
 * @property {string} tab who sends it
 * @property {string} conversationId
 * @property {string} content
 * @property {number} messageType
 * @property {string} extra
 * @property {number} createdAt Unix seconds
 * @property {number} order rises with every message
 * @property {{ code: string, message: string } | null} error why it failed for good
 */

class Entry {
  /** @type {Draft["state"]} */
  state = "waiting";
  /** @type {GoChatError | null} */
  error = null;
  /** It is in storage, or cannot be put there. */
  stored = false;
  /** It was found in storage. */
  adopted = false;
  /** Acknowledged; it is still shown until its message is. @type {Message | null} */
  sent = null;
  backoff = new Backoff(RETRY[0], RETRY[1]);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;
  /** @type {(message: Message) => void} */
  resolve = () => {};
  /** @type {(error: Error) => void} */
  reject = () => {};
  /** @type {Draft} */
  draft;

  /** @param {Stored} data */
  constructor(data) {
    this.data = data;
    if (data.error) {
      this.state = "failed";
      this.error = new GoChatError(data.error.code, data.error.message);
    }
    this.draft = this.show();
  }

  /** @returns {Draft} */
  show() {
    const { clientMsgId, conversationId, content, messageType, extra, createdAt } = this.data;
    const { state, error } = this;
    return Object.freeze({ clientMsgId, conversationId, content, messageType, extra, createdAt, state, error });
  }
}

export class Outbox {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /** By conversation, oldest first. @type {Map<string, Entry[]>} */
  #lanes = new Map();
  /** What `drafts` answers, until something changes. @type {Map<string | undefined, readonly Draft[]>} */
  #shown = new Map();
  /** @type {{ id: string, username: string, avatarUrl: string } | null} */
  #user = null;
  #lastOrder = 0;
  #parts;
  #told;

  /**
   * @param {object} parts
   * @param {import("./storage.js").Storage} parts.storage
   * @param {import("./tabs.js").Tabs} parts.tabs
   * @param {import("./socket.js").Socket} parts.socket
   * @param {object} told
   * @param {(draft: Draft, kind: "newer" | "update") => void} told.changed
   * @param {(message: Message) => void} told.acknowledged the message, as the others get it; answered by `settle`
   * @param {(error: unknown) => void} told.failed
   */
  constructor(parts, told) {
    this.#parts = parts;
    this.#told = told;
    // The one tab that sees to closed ones: it looks at what is stored now, and whose tab else has something from now on.
    parts.tabs.lead(() => {
      this.#leads = true;
      this.#adopt();
    });
  }

  #leads = false;
  /** What was stored before is here, so that nothing overtakes it. */
  #begun = false;

  /** The messages of this user begin to go out. @param {{ id: string, username: string, avatarUrl: string }} user */
  async begin(user) {
    this.#user = user;
    await this.#adopt();
    // A closed tab's messages before the ones that are written here.
    const stored = this.#parts.tabs.canTell ? await this.#stored(user.id) : [];
    for (const tab of new Set(stored.map((data) => data.tab))) {
      if (tab !== this.#parts.tabs.id) await this.#parts.tabs.ifGone(tab, () => this.#adopt(tab));
    }
    if (this.#user?.id !== user.id) return;
    this.#begun = true;
    this.connected();
  }

  /** @param {{ id: string, username: string, avatarUrl: string }} user whose picture may have changed */
  rename(user) {
    this.#user = user;
  }

  /** @param {boolean} drop nobody will send them later */
  async end(drop) {
    const user = this.#user;
    this.#user = null;
    this.#begun = false;
    for (const entry of this.#entries.values()) {
      clearTimeout(entry.timer);
      if (entry.sent) entry.resolve(entry.sent);
      else entry.reject(signedOut());
    }
    this.#entries.clear();
    this.#lanes.clear();
    this.#shown.clear();
    if (!drop || !user) return;
    const stored = await this.#stored(user.id);
    await Promise.all(stored.map((data) => this.#parts.storage.delete("outbox", data.clientMsgId).catch(() => {})));
  }

  /**
   * @param {{ conversationId: string, content: string, messageType: number, extra: string }} written
   * @returns {Promise<Message>}
   */
  add(written) {
    const user = this.#user;
    if (!user) return Promise.reject(signedOut());
    if (this.#entries.size >= MAX_ENTRIES) {
      return Promise.reject(new GoChatError("OUTBOX_FULL", `${MAX_ENTRIES} messages wait to be sent`));
    }
    this.#lastOrder = Math.max(this.#lastOrder + 1, Date.now());
    const data = {
      ...written,
      clientMsgId: newKey(),
      userId: user.id,
      tab: this.#parts.tabs.id,
      createdAt: Math.floor(Date.now() / 1000),
      order: this.#lastOrder,
      error: null,
    };
    const entry = new Entry(data);
    const outcome = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
    // Who does not wait for it hears by events.
    outcome.catch(() => {});
    this.#insert(entry);
    this.#store(entry).then(() => {
      entry.stored = true;
      this.#parts.tabs.say({ kind: "outbox", tab: data.tab });
      this.#next(data.conversationId);
    });
    this.#changed(entry, "newer");
    return outcome;
  }

  /** @param {string} clientMsgId */
  async retry(clientMsgId) {
    const entry = this.#entries.get(clientMsgId);
    if (entry?.state !== "failed") return;
    entry.state = "waiting";
    entry.error = null;
    entry.data.error = null;
    entry.backoff.reset();
    this.#changed(entry, "update");
    await this.#store(entry);
    this.#next(entry.data.conversationId);
  }

  /** @param {string} clientMsgId */
  async discard(clientMsgId) {
    const entry = this.#entries.get(clientMsgId);
    if (!entry) return;
    if (entry.state === "sending") throw new GoChatError("UNDER_WAY", "the message is being sent");
    clearTimeout(entry.timer);
    this.#remove(entry);
    entry.reject(new GoChatError("DISCARDED", "the message was discarded"));
    this.#changed(entry, "update");
    await this.#forget(entry);
    this.#next(entry.data.conversationId);
  }

  /** The conversation is gone, and what was to be sent there with it. @param {string} conversationId */
  abandon(conversationId) {
    for (const entry of this.#lanes.get(conversationId) ?? []) {
      clearTimeout(entry.timer);
      this.#remove(entry);
      if (entry.sent) continue;
      entry.reject(new GoChatError("CONVERSATION_NOT_FOUND", "the conversation is gone"));
      this.#forget(entry);
      this.#changed(entry, "update");
    }
  }

  /** @param {string} [conversationId] @returns {readonly Draft[]} */
  drafts(conversationId) {
    let shown = this.#shown.get(conversationId);
    if (!shown) {
      const lanes =
        conversationId === undefined ? [...this.#lanes.values()].flat() : (this.#lanes.get(conversationId) ?? []);
      const entries = conversationId === undefined ? lanes.sort((a, b) => a.data.order - b.data.order) : lanes;
      shown = entries.map((entry) => entry.draft);
      this.#shown.set(conversationId, shown);
    }
    return shown;
  }

  /** How many of this user's messages are stored, those of other tabs included. */
  async unsent() {
    const user = this.#user;
    if (!user) return 0;
    const keys = new Set((await this.#stored(user.id)).map((data) => data.clientMsgId));
    for (const [key, { sent }] of this.#entries) {
      if (sent) keys.delete(key);
      else keys.add(key);
    }
    return keys.size;
  }

  /** Another tab has something in its outbox. @param {string} tab */
  heard(tab) {
    if (this.#leads) this.#watch(tab);
  }

  connected() {
    for (const entry of this.#entries.values()) clearTimeout(entry.timer);
    for (const id of this.#lanes.keys()) this.#next(id);
  }

  /** A message turned up in its conversation: if it is one of these, it is done. @param {Message} message @returns {Draft | null} */
  settle(message) {
    const entry = this.#entries.get(message.clientMsgId);
    if (!entry || message.sender.id !== this.#user?.id || message.conversationId !== entry.data.conversationId)
      return null;
    clearTimeout(entry.timer);
    this.#remove(entry);
    if (!entry.sent) this.#forget(entry);
    entry.resolve(message);
    // Once it has been told of: until then the next one waits.
    queueMicrotask(() => this.#next(entry.data.conversationId));
    return entry.draft;
  }

  /** Sends the oldest message of a conversation, unless one is under way. @param {string} conversationId */
  #next(conversationId) {
    const entry = this.#lanes.get(conversationId)?.find((one) => one.state !== "failed" && !one.sent);
    if (!this.#begun || !entry?.stored || entry.state === "sending" || this.#parts.socket.state !== "connected") return;
    clearTimeout(entry.timer);
    this.#send(entry);
  }

  /** @param {Entry} entry */
  async #send(entry) {
    const { conversationId, content, messageType, clientMsgId, extra } = entry.data;
    this.#become(entry, "sending");
    const more = extra ? { extra } : {};
    const data = { conversationId, content, messageType, client_msg_id: clientMsgId, ...more };
    try {
      const ack = await this.#parts.socket.request("send-message", data);
      if (this.#isHere(entry)) this.#acknowledged(entry, ack);
    } catch (thrown) {
      if (!this.#isHere(entry)) return;
      const error = asGoChatError(thrown);
      if (isTransient(error) || isAboutToken(error)) this.#later(entry, error);
      else this.#fail(entry, error);
    }
  }

  /** @param {Entry} entry @param {{ messageId: string, seqId: number, createdAt: number }} ack */
  #acknowledged(entry, ack) {
    const { conversationId, content, messageType, clientMsgId, extra } = entry.data;
    const { id, username, avatarUrl } = /** @type {{ id: string, username: string, avatarUrl: string }} */ (this.#user);
    const { messageId, seqId, createdAt } = ack;
    const sender = { id, username, avatarUrl };
    const kept = { conversationId, sender, messageType, content, seqId, clientMsgId, extra, deleted: false, createdAt };
    entry.sent = { id: messageId, ...kept };
    this.#forget(entry);
    this.#told.acknowledged(entry.sent);
    // Its place may come later, behind messages of others that are still on their way.
    entry.resolve(entry.sent);
    this.#next(conversationId);
  }

  /** Refused for now, or unanswered: the same again, before any later one. @param {Entry} entry @param {GoChatError} error */
  #later(entry, error) {
    this.#become(entry, "waiting");
    if (error.code === "OFFLINE") return;
    const wait =
      error.code === "TIMEOUT" && error.retryAfter === 0 ? 0 : Math.max(entry.backoff.next(), error.retryAfter);
    entry.timer = setTimeout(() => this.#next(entry.data.conversationId), wait);
  }

  /** @param {Entry} entry @param {GoChatError} error */
  #fail(entry, error) {
    entry.error = error;
    entry.data.error = { code: error.code, message: error.message };
    this.#become(entry, "failed");
    this.#store(entry);
    entry.reject(error);
    this.#next(entry.data.conversationId);
  }

  /** @param {Entry} entry @param {Draft["state"]} state */
  #become(entry, state) {
    entry.state = state;
    this.#changed(entry, "update");
  }

  /** @param {Entry} entry @param {"newer" | "update"} kind */
  #changed(entry, kind) {
    entry.draft = entry.show();
    this.#shown.clear();
    this.#told.changed(entry.draft, kind);
  }

  /** @param {Entry} entry */
  #isHere(entry) {
    return this.#entries.get(entry.data.clientMsgId) === entry && !entry.sent;
  }

  /** @param {Entry} entry */
  #insert(entry) {
    const { clientMsgId, conversationId, order } = entry.data;
    this.#entries.set(clientMsgId, entry);
    const lane = this.#lanes.get(conversationId) ?? [];
    let place = lane.length;
    while (place > 0 && lane[place - 1].data.order > order) place -= 1;
    lane.splice(place, 0, entry);
    this.#lanes.set(conversationId, lane);
    this.#shown.clear();
  }

  /** @param {Entry} entry */
  #remove(entry) {
    const { clientMsgId, conversationId } = entry.data;
    this.#entries.delete(clientMsgId);
    const lane = (this.#lanes.get(conversationId) ?? []).filter((other) => other !== entry);
    if (lane.length > 0) this.#lanes.set(conversationId, lane);
    else this.#lanes.delete(conversationId);
    this.#shown.clear();
  }

  /** Where storage fails the message lives as long as the page. @param {Entry} entry */
  async #store(entry) {
    try {
      await this.#parts.storage.put("outbox", entry.data.clientMsgId, entry.data);
    } catch (error) {
      this.#told.failed(error);
    }
  }

  /** @param {Entry} entry */
  async #forget(entry) {
    try {
      await this.#parts.storage.delete("outbox", entry.data.clientMsgId);
    } catch (error) {
      this.#told.failed(error);
    }
  }

  /** @param {string} userId @returns {Promise<Stored[]>} */
  async #stored(userId) {
    try {
      const all = await this.#parts.storage.all("outbox");
      return all.filter((data) => data.userId === userId);
    } catch (error) {
      this.#told.failed(error);
      return [];
    }
  }

  /**
   * Takes what is stored and nobody else sends. Where a living tab cannot be told from a closed one that is everything: sent twice it
   * is stored once, and in the same order, because both send it in that order and wait for each answer.
   * @param {string} [closed] the tab whose messages these are
   */
  async #adopt(closed) {
    const { tabs, storage } = this.#parts;
    const user = this.#user;
    if (!user) return;
    const stored = await this.#stored(user.id);
    if (this.#user?.id !== user.id) return;
    const written = this.#begun ? [] : [...this.#entries.values()].filter((entry) => !entry.adopted);
    for (const data of stored.sort((a, b) => a.order - b.order)) {
      if (this.#entries.has(data.clientMsgId)) continue;
      if (tabs.canTell && data.tab !== tabs.id && data.tab !== closed) {
        if (this.#leads) this.#watch(data.tab);
        continue;
      }
      this.#lastOrder = Math.max(this.#lastOrder, data.order);
      const entry = new Entry({ ...data, tab: tabs.id });
      entry.stored = true;
      entry.adopted = true;
      if (data.tab !== tabs.id) storage.put("outbox", data.clientMsgId, entry.data).catch(() => {});
      this.#insert(entry);
      this.#changed(entry, "newer");
    }
    // What was written since the page began comes after what it found, whatever the clock says.
    for (const entry of written) {
      if (entry.data.order > this.#lastFound()) continue;
      this.#lastOrder += 1;
      entry.data.order = this.#lastOrder;
      this.#remove(entry);
      this.#insert(entry);
      this.#store(entry);
    }
    for (const id of this.#lanes.keys()) this.#next(id);
  }

  #lastFound() {
    return Math.max(
      0,
      ...[...this.#entries.values()].filter((entry) => entry.adopted).map((entry) => entry.data.order),
    );
  }

  /** @param {string} tab */
  #watch(tab) {
    this.#parts.tabs.whenGone(tab, () => this.#adopt(tab));
  }
}
