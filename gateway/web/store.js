// What is known of conversations and messages. No DOM here; whoever shows it listens for `change`.

/** A gap in the seqs is filled when it has stayed this long, in milliseconds. */
const GAP_PATIENCE = 300;
/** A message without an answer is sent again after this long, in milliseconds. */
const ACK_PATIENCE = 10_000;
const SINGLE = 1;
export const WORLD = 3;
const TEXT = 1;
export const SYSTEM = 4;

/** The messages of one conversation that were loaded: all from `first` to `last`, and maybe some beyond. */
class History {
  bySeq = new Map();
  last = 0;
  /** To be passed for older messages; null at the beginning. */
  cursor = null;
  loaded = false;

  add(messages) {
    for (const message of messages) this.bySeq.set(message.seqId, message);
    while (this.bySeq.has(this.last + 1)) this.last += 1;
  }

  /** True while a seq is missing below one that is known. */
  get gap() {
    return Math.max(0, ...this.bySeq.keys()) > this.last;
  }

  get messages() {
    return [...this.bySeq.values()].sort((a, b) => a.seqId - b.seqId);
  }
}

/** Events: `change`; `notice` with a text as `detail`. */
export class Store extends EventTarget {
  #session;
  #socket;
  #histories = new Map();
  /** Not yet acknowledged, in the order in which they were written. */
  #outbox = [];
  conversations = [];
  openId = null;

  constructor(session, socket) {
    super();
    this.#session = session;
    this.#socket = socket;
    socket.addEventListener("frame", (event) => this.#receive(event.detail));
    socket.addEventListener("up", () => this.#catchUp());
    setInterval(() => this.#sendWaiting((entry) => Date.now() - entry.sentAt > ACK_PATIENCE), ACK_PATIENCE / 4);
  }

  clear() {
    this.#histories.clear();
    this.#outbox = [];
    this.conversations = [];
    this.openId = null;
    this.#changed();
  }

  get open() {
    return this.conversations.find((one) => one.id === this.openId) ?? null;
  }

  get messages() {
    return this.#histories.get(this.openId)?.messages ?? [];
  }

  /** What waits to be acknowledged in the open conversation. */
  get waiting() {
    return this.#outbox.filter((entry) => entry.conversationId === this.openId);
  }

  get hasOlder() {
    return this.#histories.get(this.openId)?.cursor != null;
  }

  async loadConversations() {
    const found = [];
    for (let page = 1, more = true; more && page <= 10; page += 1) {
      const answer = await this.#session.call("GET", `/conversations?size=100&page=${page}`);
      found.push(...answer.conversations);
      more = answer.hasMore;
    }
    this.conversations = found;
    this.#changed();
  }

  async openConversation(id) {
    this.openId = id;
    this.#changed();
    const history = this.#history(id);
    if (!history.loaded) await this.#loadOlder(id, history);
    this.markRead();
  }

  close() {
    this.openId = null;
    this.#changed();
  }

  async loadOlder() {
    const history = this.#histories.get(this.openId);
    if (history?.cursor != null) await this.#loadOlder(this.openId, history);
  }

  async findPeople(name) {
    const { users } = await this.#session.call("GET", `/users/search?q=${encodeURIComponent(name)}&limit=20`);
    return users.filter((user) => user.id !== this.#session.user?.id);
  }

  async startChat(people, name) {
    const members = people.map((person) => person.id);
    const body = people.length === 1 && !name ? { type: SINGLE, members } : { type: 2, name, members };
    await this.#enter(await this.#session.call("POST", "/conversations", body));
  }

  async joinWorld() {
    await this.#enter(await this.#session.call("POST", "/conversations/world/join"));
  }

  async #enter(conversation) {
    await this.loadConversations();
    await this.openConversation(conversation.id);
  }

  /** Writes a message into the open conversation. Its key stays the same however often it is sent. */
  send(content) {
    const entry = { conversationId: this.openId, content, clientMsgId: newKey(), sentAt: 0, problem: "" };
    this.#outbox.push(entry);
    this.#sendEntry(entry);
    this.#changed();
  }

  retry(entry) {
    entry.problem = "";
    this.#sendEntry(entry);
    this.#changed();
  }

  discard(entry) {
    this.#outbox = this.#outbox.filter((other) => other !== entry);
    this.#changed();
  }

  /** Everything in the open conversation has been seen. */
  markRead() {
    const [conversation, seqId] = [this.open, this.#histories.get(this.openId)?.last ?? 0];
    if (!conversation?.unreadCount || !seqId || document.hidden) return;
    if (this.#socket.send("mark-read", { conversationId: conversation.id, seqId })) return;
    this.#session.call("PUT", `/conversations/${conversation.id}/read`, { seqId }).then(
      ({ unreadCount }) => this.#unread(conversation.id, unreadCount),
      () => {},
    );
  }

  #sendEntry(entry) {
    entry.sentAt = Date.now();
    this.#socket.send("send-message", {
      conversationId: entry.conversationId,
      content: entry.content,
      messageType: TEXT,
      client_msg_id: entry.clientMsgId,
    });
  }

  #sendWaiting(which) {
    this.#outbox.filter((entry) => !entry.problem && which(entry)).forEach((entry) => this.#sendEntry(entry));
  }

  #receive({ type, data }) {
    switch (type) {
      case "new-message":
        return this.#arrived(data);
      case "message-ack":
        return this.#acknowledged(data);
      case "read-ack":
        return this.#unread(data.conversationId, data.unreadCount);
      case "online-status":
        return this.#peerIs(data.userId, data.status === "online");
      case "error":
        return this.#refused(data);
      case "resync":
        return setTimeout(() => this.#catchUp(), Math.random() * 2_000);
      case "conversation-created":
      case "conversation-updated":
      case "conversation-deleted":
      case "member-added":
      case "member-removed":
        return this.#reload();
      case "hello":
      case "pong":
      case "read-receipt":
      case "typing-indicator":
      case "message-recalled":
        return undefined;
      default:
        return this.#notice(data?.text ?? data?.title ?? `${type}: ${JSON.stringify(data)}`);
    }
  }

  #arrived(message) {
    const id = message.conversationId;
    const conversation = this.conversations.find((one) => one.id === id);
    this.#keep(id, message);
    if (!conversation) return this.#reload();
    if (message.seqId > (conversation.lastMessage?.seqId ?? 0)) {
      conversation.lastMessage = message;
      conversation.lastActivityAt = message.createdAt;
      const own = message.sender.id === this.#session.user?.id;
      conversation.unreadCount = own ? 0 : conversation.unreadCount + 1;
      this.conversations.sort((a, b) => b.lastActivityAt - a.lastActivityAt);
    }
    this.#changed();
    if (id === this.openId) this.markRead();
  }

  #acknowledged(ack) {
    const entry = this.#outbox.find((one) => one.clientMsgId === ack.client_msg_id);
    if (!entry) return;
    this.#outbox = this.#outbox.filter((other) => other !== entry);
    const { id, username, avatarUrl } = this.#session.user;
    this.#arrived({
      id: ack.messageId,
      conversationId: ack.conversationId,
      sender: { id, username, avatarUrl },
      content: entry.content,
      messageType: TEXT,
      seqId: ack.seqId,
      createdAt: ack.createdAt,
      deleted: false,
    });
  }

  #refused({ code, message, client_msg_id: key }) {
    const entry = this.#outbox.find((one) => one.clientMsgId === key);
    const transient = ["SERVICE_UNAVAILABLE", "TIMEOUT", "INTERNAL_ERROR", "RATE_LIMITED"].includes(code);
    // A transient refusal is left to the next round of what got no answer.
    if (entry && !transient) entry.problem = message;
    if (!entry && !transient) this.#notice(message);
    this.#changed();
  }

  #keep(id, message) {
    const history = this.#histories.get(id);
    if (!history) return;
    history.add([message]);
    this.#fillGap(id, history);
  }

  /** What is missing may be on its way, so it is asked for only when it has been missing for a moment. */
  #fillGap(id, history) {
    if (!history.loaded || !history.gap) return;
    setTimeout(() => history.gap && this.#loadMissed(id, history), GAP_PATIENCE);
  }

  /** After a time without the socket: what was missed is read, and what was not acknowledged is sent again. */
  async #catchUp() {
    this.#sendWaiting(() => true);
    await this.#reload();
    for (const [id, history] of this.#histories) {
      if (history.loaded) await this.#loadMissed(id, history);
    }
    this.markRead();
  }

  async #loadMissed(id, history) {
    try {
      for (let more = true; more; ) {
        const path = `/conversations/${id}/messages?limit=200&afterSeq=${history.last}`;
        const { messages, hasMore } = await this.#session.call("GET", path);
        history.add(messages);
        more = hasMore && messages.length > 0;
      }
    } catch (refusal) {
      // No longer a member: what was read stays, the rest is not ours.
      if (!refusal.transient) this.#histories.delete(id);
    }
    this.#changed();
  }

  async #loadOlder(id, history) {
    const query = history.cursor == null ? "" : `&cursor=${history.cursor}`;
    const answer = await this.#session.call("GET", `/conversations/${id}/messages?limit=50${query}`);
    if (!history.loaded) history.last = (answer.messages.at(-1)?.seqId ?? 1) - 1;
    history.add(answer.messages);
    history.cursor = answer.nextCursor;
    history.loaded = true;
    this.#fillGap(id, history);
    this.#changed();
  }

  #history(id) {
    if (!this.#histories.has(id)) this.#histories.set(id, new History());
    return this.#histories.get(id);
  }

  #unread(id, count) {
    const conversation = this.conversations.find((one) => one.id === id);
    if (conversation) conversation.unreadCount = count;
    this.#changed();
  }

  #peerIs(userId, online) {
    for (const { peer } of this.conversations) if (peer?.id === userId) peer.online = online;
    this.#changed();
  }

  #reload() {
    return this.loadConversations().catch(() => {});
  }

  #notice(text) {
    this.dispatchEvent(new CustomEvent("notice", { detail: String(text) }));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** 128 random bits; `crypto.randomUUID` is only there over HTTPS. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
