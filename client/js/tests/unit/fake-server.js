// A GoChat in memory: as much of it as the tests ask, over a fake `fetch` and a fake WebSocket.

/** @typedef {{ id: string, type: number, name: string, messages: any[], members: string[], change: number, recalls: any[], read: Map<string, number>, hidden?: boolean }} Room */

export class FakeServer {
  /** @type {Map<string, { id: string, username: string, avatarUrl: string, isGuest: boolean, status: number, createdAt: number, updatedAt: number }>} */
  users = new Map();
  /** @type {Map<string, Room>} */
  rooms = new Map();
  /** @type {FakeSocket[]} */
  sockets = [];
  /** Requests as "GET /path". @type {string[]} */
  calls = [];
  /** Frames of clients. @type {any[]} */
  frames = [];
  /** Answers instead of the usual: by "POST /auth/refresh" and the like. @type {Map<string, (body: any) => any>} */
  instead = new Map();
  /** Answers a client's frame instead of the usual; undefined: as usual, null: nothing. @type {(frame: any, socket: FakeSocket) => any} */
  answer = () => undefined;
  /** False: nothing answers at all. */
  up = true;
  /** Handshakes are refused. */
  refusing = false;
  /** Handshakes get no answer. */
  hanging = false;
  /** @type {Map<string, { userId: string, access: string, refresh: string }>} */
  signIns = new Map();
  lifetime = 900;
  #count = 0;

  constructor() {
    const server = this;
    this.fetch = /** @type {typeof fetch} */ ((url, options) => this.#fetch(String(url), options ?? {}));
    this.WebSocket = /** @type {any} */ (
      class extends FakeSocket {
        /** @param {string | URL} url @param {string[]} protocols */
        constructor(url, protocols) {
          super(server, String(url), protocols);
        }
      }
    );
  }

  /** @param {string} username */
  user(username) {
    const user = {
      id: `u-${username}`,
      username,
      avatarUrl: "",
      isGuest: false,
      status: 1,
      createdAt: 1,
      updatedAt: 1,
    };
    this.users.set(user.id, user);
    return user;
  }

  /** @param {string} id @param {Partial<Room>} [more] */
  room(id, more = {}) {
    const room = {
      id,
      type: 2,
      name: id,
      messages: [],
      members: [...this.users.keys()],
      change: 0,
      recalls: [],
      read: new Map(),
      ...more,
    };
    this.rooms.set(id, room);
    return room;
  }

  /** Stores a message. @param {string} id @param {string} userId @param {string} content @param {object} [more] */
  write(id, userId, content, more = {}) {
    const room = /** @type {Room} */ (this.rooms.get(id));
    const { username, avatarUrl } = /** @type {any} */ (this.users.get(userId));
    const seqId = room.messages.length + 1;
    const message = {
      id: `${id}.${seqId}`,
      conversationId: id,
      sender: { id: userId, username, avatarUrl },
      content,
      messageType: 1,
      seqId,
      clientMsgId: `k${seqId}`,
      extra: "",
      deleted: false,
      createdAt: 1_000 + seqId,
      ...more,
    };
    room.messages.push(message);
    room.read.set(userId, seqId);
    return message;
  }

  /** Stores a message and tells the sessions. @param {string} id @param {string} userId @param {string} content */
  say(id, userId, content) {
    const message = this.write(id, userId, content);
    this.tell("new-message", message);
    return message;
  }

  /** To all sessions. @param {string} type @param {object} data @param {object} [more] */
  tell(type, data, more = {}) {
    for (const socket of this.sockets) socket.receive({ type, data, timestamp: 1, ...more });
  }

  /** Closes all sessions. @param {number} code @param {string} [reason] */
  drop(code, reason = "") {
    for (const socket of [...this.sockets]) socket.end(code, reason);
  }

  /** Frames of one type that clients sent. @param {string} type @returns {any[]} */
  sent(type) {
    return this.frames.filter((frame) => frame.type === type).map((frame) => frame.data);
  }

  /** @param {string} userId @param {string} [signIn] */
  tokens(userId, signIn) {
    this.#count += 1;
    const id = signIn ?? `s${this.#count}`;
    const iat = Math.floor(Date.now() / 1000);
    const payload = btoa(JSON.stringify({ iat, exp: iat + this.lifetime, n: this.#count }));
    const tokens = { userId, access: `h.${payload}.s`, refresh: `r${this.#count}` };
    this.signIns.set(id, tokens);
    return {
      accessToken: tokens.access,
      refreshToken: tokens.refresh,
      expiresIn: iat + this.lifetime,
      user: this.users.get(userId),
    };
  }

  /** @param {string | undefined} access */
  who(access) {
    return [...this.signIns.values()].find((tokens) => tokens.access === access)?.userId;
  }

  /** @param {string} url @param {RequestInit} options */
  async #fetch(url, options) {
    const { pathname, searchParams } = new URL(url);
    const path = pathname.replace("/api", "");
    const route = `${options.method} ${path}`;
    this.calls.push(route);
    const { signal } = options;
    const answer = this.up ? await this.#answer(route, path, searchParams, options) : new Error("refused");
    if (answer === null) {
      await new Promise((_, reject) =>
        signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError"))),
      );
    }
    if (answer instanceof Error) throw new TypeError("fetch failed");
    if (answer instanceof Response) return answer;
    if (answer?.code) return failure(answer.status, answer.code);
    return new Response(JSON.stringify({ success: true, message: "ok", data: answer }), { status: 200 });
  }

  /** @param {string} route @param {string} path @param {URLSearchParams} query @param {RequestInit} options @returns {any} */
  #answer(route, path, query, options) {
    const body = options.body ? JSON.parse(String(options.body)) : {};
    const instead = this.instead.get(route);
    if (instead) {
      const answer = instead(body);
      if (answer !== undefined) return answer;
    }
    if (route === "POST /auth/login") return this.tokens(`u-${body.username}`);
    if (route === "POST /auth/refresh") {
      const found = [...this.signIns].find(([, tokens]) => tokens.refresh === body.refreshToken);
      if (!found) return failure(401, "INVALID_TOKEN");
      return this.tokens(found[1].userId, found[0]);
    }
    const access = /** @type {any} */ (options.headers)?.authorization?.slice("Bearer ".length);
    const me = this.who(access);
    if (!me) return failure(401, "TOKEN_EXPIRED");
    if (route === "POST /auth/logout") {
      for (const [id, tokens] of this.signIns) if (tokens.access === access) this.signIns.delete(id);
      return {};
    }
    if (route === "GET /users/profile") return this.users.get(me);
    if (route === "GET /conversations") {
      const mine = [...this.rooms.values()].filter((room) => room.members.includes(me) && !room.hidden);
      const [page, size] = [Number(query.get("page")), Number(query.get("size"))];
      const shown = mine.slice((page - 1) * size, page * size).map((room) => this.shown(room, me));
      return { conversations: shown, hasMore: mine.length > page * size };
    }
    const [, , id, what] = path.split("/");
    const room = this.rooms.get(id);
    if (!room?.members.includes(me)) return failure(404, "CONVERSATION_NOT_FOUND");
    if (what !== "messages")
      return { ...this.shown(room, me), members: room.members.map((user) => this.#member(room, user)) };
    const limit = Number(query.get("limit") ?? 50);
    if (query.has("afterSeq")) {
      const after = Number(query.get("afterSeq"));
      const messages = room.messages.slice(after, after + limit);
      return { messages, hasMore: after + limit < room.messages.length, nextCursor: null };
    }
    const before = Number(query.get("cursor") ?? room.messages.length + 1);
    const messages = room.messages.slice(Math.max(0, before - 1 - limit), before - 1).reverse();
    const last = messages.at(-1)?.seqId ?? 1;
    return { messages, hasMore: last > 1, nextCursor: last > 1 ? last : null };
  }

  /** @param {Room} room @param {string} userId */
  #member(room, userId) {
    return {
      user: this.users.get(userId),
      role: 1,
      muted: false,
      joinedAt: 1,
      lastReadSeqId: room.read.get(userId) ?? 0,
    };
  }

  /** @param {Room} room @param {string} me */
  shown(room, me) {
    const lastMessage = room.messages.at(-1) ?? null;
    const peer = room.type === 1 ? this.users.get(room.members.find((user) => user !== me) ?? "") : undefined;
    return {
      id: room.id,
      type: room.type,
      name: room.name,
      avatarUrl: "",
      description: "",
      ownerId: "",
      memberCount: room.members.length,
      lastMessage,
      unreadCount: room.messages.length - (room.read.get(me) ?? 0),
      updatedAt: 1,
      createdAt: 1,
      lastActivityAt: lastMessage?.createdAt ?? 1,
      myMembership: this.#member(room, me),
      ...(peer ? { peer: { ...peer, online: false } } : {}),
    };
  }

  /** A client's frame, as the server answers it. @param {any} frame @param {FakeSocket} socket */
  heard(frame, socket) {
    this.frames.push(frame);
    const instead = this.answer(frame, socket);
    if (instead === null) return;
    const { type, data, id } = instead ?? this.#usual(frame, socket) ?? {};
    if (type) socket.receive({ type, data, id: id ?? frame.id, timestamp: 1 });
  }

  /** @param {any} frame @param {FakeSocket} socket @returns {any} */
  #usual({ type, data }, socket) {
    const room = /** @type {Room} */ (this.rooms.get(data?.conversationId));
    switch (type) {
      case "ping":
        return { type: "pong", data: {} };
      case "auth":
        return { type: "auth-ack", data: { expiresIn: 0 } };
      case "mark-read":
        room.read.set(socket.userId, data.seqId);
        return { type: "read-ack", data: { ...data, unreadCount: 0 } };
      case "send-message": {
        const before = room.messages.find((one) => one.clientMsgId === data.client_msg_id);
        const message = before ?? this.write(room.id, socket.userId, data.content, { clientMsgId: data.client_msg_id });
        if (!before)
          for (const other of this.sockets) if (other !== socket) other.receive({ type: "new-message", data: message });
        const { id: messageId, seqId, conversationId, createdAt } = message;
        const key = data.client_msg_id;
        return {
          type: "message-ack",
          data: { client_msg_id: key, messageId, seqId, conversationId, createdAt, status: "success" },
        };
      }
      case "sync":
        return this.#sync(data, socket);
    }
  }

  /** @param {any} data @param {FakeSocket} socket */
  #sync({ conversations, limit, partial }, socket) {
    const gone = Object.keys(conversations).filter((id) => !this.rooms.get(id)?.members.includes(socket.userId));
    /** @type {Record<string, object>} */
    const standing = {};
    for (const room of this.rooms.values()) {
      const asked = conversations[room.id];
      if (!room.members.includes(socket.userId) || (partial && !asked)) continue;
      const [lastSeq, readSeq] = [room.messages.length, room.read.get(socket.userId) ?? 0];
      const missed = asked ? room.messages.slice(asked.seq, asked.seq + limit) : [];
      const hasMore = asked !== undefined && asked.seq + limit < lastSeq;
      for (const message of missed) socket.receive({ type: "new-message", data: message });
      const recalls = asked && !hasMore ? room.recalls.filter((recall) => recall.change > asked.change) : [];
      for (const recall of recalls) socket.receive({ type: "message-recalled", data: recall });
      standing[room.id] = { lastSeq, readSeq, change: hasMore ? asked.change : room.change, hasMore };
    }
    return { type: "sync-done", data: { conversations: standing, gone } };
  }
}

/** @param {number} status @param {string} code */
export function failure(status, code, headers = {}) {
  return new Response(JSON.stringify({ success: false, message: code, code, requestId: "q1" }), { status, headers });
}

/** An `error` frame. @param {string} code @param {object} [more] */
export function refused(code, more = {}) {
  return { type: "error", data: { code, message: code, details: {}, ...more } };
}

class FakeSocket {
  readyState = 0;
  /** @type {any} */ onopen = null;
  /** @type {any} */ onmessage = null;
  /** @type {any} */ onclose = null;
  /** It answers nothing any more, and does not end. */
  dead = false;

  /** @param {FakeServer} server @param {string} url @param {string[]} protocols */
  constructor(server, url, protocols) {
    this.server = server;
    this.url = url;
    this.token = protocols.find((name) => name.startsWith("bearer."))?.slice("bearer.".length);
    this.userId = server.who(this.token) ?? "";
    queueMicrotask(() => {
      if (this.readyState === 3 || server.hanging) return;
      if (!server.up || server.refusing || !this.userId) return this.end(1006, "");
      this.readyState = 1;
      server.sockets.push(this);
      this.onopen?.({});
      this.receive({ type: "hello", data: { sessionId: "x", userId: this.userId, heartbeatSeconds: 20 } });
    });
  }

  /** @param {string} text */
  send(text) {
    if (!this.dead && this.server.up)
      queueMicrotask(() => this.readyState === 1 && this.server.heard(JSON.parse(text), this));
  }

  /** @param {object} frame */
  receive(frame) {
    if (!this.dead) this.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** The server ends it. @param {number} code @param {string} reason */
  end(code, reason) {
    this.#leave();
    this.onclose?.({ code, reason });
  }

  close() {
    this.#leave();
  }

  #leave() {
    this.readyState = 3;
    this.server.sockets = this.server.sockets.filter((other) => other !== this);
  }
}
