// A user's client: puts the parts together, and passes on what the server says to each of them.

import { Account } from "./account.js";
import { Api } from "./api.js";
import { ConversationList } from "./conversation-list.js";
import { Delivery } from "./delivery.js";
import { asGoChatError, signedOut } from "./errors.js";
import { hear } from "./frames.js";
import { Http } from "./http.js";
import { Listing } from "./listing.js";
import { blank, Order } from "./order.js";
import { Outbox } from "./outbox.js";
import { Presence } from "./presence.js";
import { Receipts } from "./receipts.js";
import { Recent } from "./recent.js";
import { Socket } from "./socket.js";
import { Storage } from "./storage.js";
import { Sync } from "./sync.js";
import { Tabs } from "./tabs.js";
import { Timelines } from "./timelines.js";
import { Typing } from "./typing.js";

/** @import { Conversation, Message, Options, State, User } from "../gochat.js" */

/** A `resync` is heeded after up to so long, as the server asks, in milliseconds. */
const RESYNC_WITHIN = 2_000;
/** Pushes whose ids are remembered. */
const MAX_PUSHES = 10_000;
export class GoChat extends Api {
  conversations = new ConversationList();
  /** @type {State} */
  #state = "signed-out";
  #timelines = new Timelines({
    read: (path) => this.call("GET", path),
    listed: (id) => this.conversations.get(id),
    shown: (id) => this.getConversation(id),
    delivered: (id) => this.#delivery.remembered(id),
    found: (message) => this.#found(message),
    drafts: (id) => this.drafts(id),
    me: () => this.user?.id,
  });
  #caughtUp = false;
  /** @type {Set<{ resolve(): void, reject(error: Error): void }>} */
  #waiting = new Set();
  #storage;
  #tabs;
  #account;
  #socket;
  #order;
  #sync;
  #listing;
  #outbox;
  #reads;
  #delivery;
  #typing;
  #presence;
  #pushes = new Recent(MAX_PUSHES);

  /** @param {Options} [options] */
  constructor(options = {}) {
    super();
    const base = address(options.url);
    const persistent = options.storage !== "memory";
    const name = `${options.name ?? "gochat"} ${base.origin}`;
    const timeout = options.timeout ?? 15_000;
    const fetch = options.fetch ?? globalThis.fetch;
    const http = new Http({ url: new URL("api", base), fetch, timeout });
    const ws = new URL("ws", base);
    ws.protocol = base.protocol === "https:" ? "wss:" : "ws:";
    const backoff = { min: options.backoff?.min ?? 500, max: options.backoff?.max ?? 20_000 };
    this.#storage = new Storage(name, persistent);
    this.#tabs = new Tabs(name, persistent);
    const failed = (/** @type {unknown} */ error) => this._tell("error", { error: asGoChatError(error) });

    const { clientInfo } = options;
    this.#account = new Account(
      { http, storage: this.#storage, tabs: this.#tabs, clientInfo },
      {
        user: (user, reason) => this.#userIs(user, reason),
        renewed: (token) => this.#socket.authenticate(token),
        failed,
      },
    );
    this.#socket = new Socket(
      { url: ws, WebSocket: options.WebSocket ?? globalThis.WebSocket, account: this.#account, backoff, timeout },
      {
        state: (_, why) => this.#linkIs(why),
        frame: (frame) => {
          // First what it changes, then what it says.
          hear(this.#parts, frame);
          this._tell("frame", frame);
        },
      },
    );
    this.#order = new Order({
      message: (message) => this.#next(message),
      recalled: ({ conversationId, messageId, seqId, operatorId }, first) => {
        this.conversations.recall(conversationId, seqId, blank);
        this.#timelines.get(conversationId)?.recall(seqId);
        if (first) this._tell("recalled", { conversationId, messageId, seqId, operatorId });
      },
      gap: (id) => this.#sync.some([id]),
      unknown: () => this.#listing.soon(),
    });
    this.#sync = new Sync(
      { socket: this.#socket, order: this.#order, shown: (id) => !!this.#timelines.get(id)?.isHeld },
      {
        standing: (id, { lastSeq, readSeq }) => {
          this.conversations.reaches(id, lastSeq);
          this.conversations.read(id, readSeq);
        },
        listed: (id, { lastSeq, readSeq }) => {
          this.#order.begin(id, lastSeq, readSeq);
          this.#listing.soon();
        },
        gone: (id) => this._left(id),
        jumped: (id) => this.#timelines.get(id)?.beginAnew(),
        done: () => this.#isCaughtUp(),
        failed,
      },
    );
    this.#listing = new Listing((path) => this.call("GET", path), this.conversations, {
      listed: (conversation) => {
        const last = conversation.lastMessage?.seqId ?? 0;
        this.conversations.put(conversation);
        this.#order.begin(conversation.id, last, this.#listing.complete ? last - conversation.unreadCount : last);
        const { lastMessage, unreadCount } = conversation;
        // It came while no device of this user was there.
        if (lastMessage && unreadCount > 0 && lastMessage.sender.id !== this.user?.id) this.#delivery.got(lastMessage);
      },
      complete: (gone) => {
        for (const id of gone) this._left(id);
        this.#order.beginRest();
      },
      failed,
    });
    this.#outbox = new Outbox(
      { storage: this.#storage, tabs: this.#tabs, socket: this.#socket },
      {
        changed: (draft, kind) => {
          this.#timelines.get(draft.conversationId)?.draftsChanged(kind);
          this._tell("outbox", { draft });
        },
        acknowledged: (message) => this.#order.heard(message) || this.#found(message),
        failed,
      },
    );
    this.#reads = new Receipts("mark-read", this.#socket, {
      answered: (id, { seqId }) => this.conversations.read(id, seqId),
    });
    this.#delivery = new Delivery({
      receipts: new Receipts("mark-delivered", this.#socket, { silent: true }),
      list: this.conversations,
      storage: this.#storage,
      me: () => this.user?.id,
    });
    this.#typing = new Typing((type, data) => this.#socket.post(type, data));
    this.#presence = new Presence(this.conversations, (userId, online) => {
      if (online) this.#delivery.peerCame(userId, this.#order);
      this._tell("presence", { userId, online });
    });
    this.#tabs.listen((said) => {
      if (said?.kind === "account") this.#account.heard(said.reason);
      else if (said?.kind === "outbox") this.#outbox.heard(said.tab);
    });
  }

  /** What frames are passed on to. */
  get #parts() {
    return {
      chat: this,
      me: this.user?.id,
      list: this.conversations,
      listing: this.#listing,
      order: this.#order,
      presence: this.#presence,
      delivery: this.#delivery,
      pushes: this.#pushes,
      timeline: (/** @type {string} */ id) => this.#timelines.get(id),
      hello: () => this.#greeted(),
      left: (/** @type {string} */ id) => this._left(id),
      look: (/** @type {string} */ id) => this.#timelines.look(id),
      resync: (/** @type {string[] | undefined} */ ids) => this.#resync(ids),
    };
  }

  get state() {
    return this.#state;
  }

  get user() {
    return this.#account.user;
  }

  get retryAt() {
    return this.#socket.retryAt;
  }

  async restore() {
    await this.#tabs.ready;
    return this.#account.restore();
  }

  /** @param {string} username @param {string} password @param {string} [avatarUrl] */
  async register(username, password, avatarUrl) {
    await this.#account.register({ username, password, avatarUrl });
    return this.signIn(username, password);
  }

  /** @param {string} username @param {string} password */
  async signIn(username, password) {
    await this.#tabs.ready;
    return this.#account.signIn("/auth/login", { username, password });
  }

  async signInAsGuest() {
    await this.#tabs.ready;
    return this.#account.signIn("/auth/guest");
  }

  signOut() {
    return this.#account.signOut();
  }

  unsent() {
    return this.#outbox.unsent();
  }

  connect() {
    if (this.user) this.#socket.connect();
  }

  disconnect() {
    this.#socket.disconnect();
  }

  /** @returns {Promise<void>} */
  ready() {
    if (!this.user) return Promise.reject(signedOut());
    if (this.#state === "connected" && this.#caughtUp) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.add({ resolve, reject }));
  }

  /** @param {string} type @param {object} [data] @param {{ timeout?: number }} [options] */
  request(type, data = {}, { timeout } = {}) {
    return this.#socket.request(type, data, { timeout });
  }

  /** @param {"GET" | "POST" | "PUT" | "DELETE"} method @param {string} path @param {object} [body] */
  call(method, path, body) {
    return this.#account.call(method, path, body);
  }

  /**
   * @param {string} conversationId
   * @param {string} content
   * @param {{ messageType?: number, extra?: object, replyTo?: Message }} [options]
   */
  send(conversationId, content, { messageType = 1, extra, replyTo } = {}) {
    this.#typing.press(conversationId, false);
    const more = replyTo ? { ...extra, replyTo: replyTo.id } : extra;
    return this.#outbox.add({ conversationId, content, messageType, extra: more ? JSON.stringify(more) : "" });
  }

  /** @param {string} clientMsgId */
  retry(clientMsgId) {
    return this.#outbox.retry(clientMsgId);
  }

  /** @param {string} clientMsgId */
  discard(clientMsgId) {
    return this.#outbox.discard(clientMsgId);
  }

  /** @param {string} [conversationId] */
  drafts(conversationId) {
    return this.#outbox.drafts(conversationId);
  }

  /** @param {Message} message */
  async recall({ conversationId, id, seqId }) {
    if (this.#socket.state === "connected")
      await this.#socket.request("recall-message", { conversationId, messageId: id });
    else
      await this.call(
        "DELETE",
        `/conversations/${encodeURIComponent(conversationId)}/messages/${encodeURIComponent(id)}`,
      );
    this.conversations.recall(conversationId, seqId, blank);
    this.#timelines.get(conversationId)?.recall(seqId);
  }

  /** @param {string} conversationId @param {number} seqId */
  markRead(conversationId, seqId) {
    if (!this.user || seqId <= this.conversations.readSeq(conversationId)) return;
    this.conversations.read(conversationId, seqId);
    this.#reads.mark(conversationId, seqId);
  }

  /** @param {string} conversationId @param {boolean} [typing] */
  typing(conversationId, typing = true) {
    this.#typing.press(conversationId, typing);
  }

  /** @param {string} conversationId */
  timeline(conversationId) {
    return this.#timelines.of(conversationId);
  }

  /** Lets go of everything: the socket, the tab's locks, the database. For good. */
  close() {
    this.#account.close();
    this.#socket.close();
    this.#stop(false);
    this.#tabs.close();
    return this.#storage.close();
  }

  // -- what the parts tell

  /** @param {User | null} user @param {string} [reason] */
  #userIs(user, reason) {
    const known = this.#known;
    this.#known = user?.id ?? null;
    if (user && user.id === known) this.#outbox.rename(user);
    else if (user) this.#outbox.begin(user);
    else {
      this.#socket.disconnect({ reason });
      // Who was signed out by the server may come back, and finds what was not sent.
      this.#stop(reason === "signed-out");
    }
    this._tell("user", reason === undefined ? { user } : { user, reason });
    if (!user || user.id === known) return;
    // Both at once: the list does not need the socket.
    this.#listing.read();
    this.#socket.connect();
  }

  /** @type {string | null} */
  #known = null;

  /** @param {boolean} drop what was not sent */
  #stop(drop) {
    this.#caughtUp = false;
    this.#listing.clear();
    this.#outbox.end(drop);
    this.#order.clear();
    this.#reads.clear();
    this.#delivery.clear();
    this.#typing.clear();
    this.#presence.clear();
    this.#timelines.clear();
    this.conversations.clear();
    for (const { reject } of this.#waiting) reject(signedOut());
    this.#waiting.clear();
  }

  /** @param {import("./socket.js").Why} why */
  #linkIs(why) {
    const previous = this.#state;
    this.#state = this.user ? this.#socket.state : "signed-out";
    if (this.#state !== "connected") {
      this.#caughtUp = false;
      this.#sync.end();
    }
    if (previous === this.#state && this.#state !== "disconnected") return;
    this._tell("state", { state: this.#state, previous, ...why });
  }

  /** `hello` came: what was missed is asked for, what waits is sent. */
  async #greeted() {
    const { user } = this;
    this.#presence.begin();
    this.#outbox.connected();
    this.#reads.connected();
    this.#delivery.connected();
    const again = this.#listing.complete;
    if (!again) await this.#listing.read();
    if (this.user !== user || this.#socket.state !== "connected") return;
    this.#sync.begin();
    if (!again) return;
    // Names, pictures, roles and presence are in no sync.
    this.#listing.soon(RESYNC_WITHIN);
    this.#timelines.refresh();
  }

  #isCaughtUp() {
    this.#caughtUp = true;
    for (const { resolve } of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** @param {string[]} [ids] */
  #resync(ids) {
    const { user } = this;
    setTimeout(() => {
      if (!user || this.user?.id !== user.id) return;
      if (ids) this.#sync.some(ids);
      else this.#sync.all();
    }, Math.random() * RESYNC_WITHIN);
  }

  /** The next message of a conversation, live or caught up. @param {Message} message */
  #next(message) {
    const own = message.sender.id === this.user?.id;
    if (!this.conversations.add(message, own)) this.#listing.soon();
    this.#timelines.get(message.conversationId)?.add(message);
    const draft = this.#outbox.settle(message);
    if (!own) this.#delivery.got(message);
    if (draft) {
      this.#timelines.get(message.conversationId)?.draftsChanged("update");
      this._tell("outbox", { draft, sent: message });
    } else this._tell("message", { message });
  }

  /** A message that had come before: perhaps it is one whose acknowledgement was lost. @param {Message} message */
  #found(message) {
    const draft = this.#outbox.settle(message);
    if (!draft) return;
    this.#timelines.get(message.conversationId)?.draftsChanged("update");
    this._tell("outbox", { draft, sent: message });
  }

  // -- what the HTTP interface tells

  /** @param {Conversation} conversation @param {{ keep?: boolean }} [options] */
  _learned(conversation, options) {
    const last = conversation.lastMessage?.seqId ?? 0;
    this.conversations.put(conversation, options);
    this.#order.begin(conversation.id, last, last - conversation.unreadCount);
    return conversation;
  }

  /** @param {string} id */
  _left(id) {
    this.#order.forget(id);
    this.#outbox.abandon(id);
    this.#timelines.get(id)?.unload();
    if (this.conversations.remove(id)) this._tell("conversation-changed", { conversationId: id, kind: "deleted" });
  }

  /** @param {User} user */
  _profile(user) {
    return this.#account.changed(user);
  }

  /** @param {string} userId @param {boolean} online */
  _presence(userId, online) {
    this.#presence.is(userId, online);
  }
}

/** Where the gateway is: given, or where this file comes from. @param {string | URL} [url] */
function address(url) {
  const base = new URL(url ?? new URL("/", import.meta.url), globalThis.location?.href);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}
