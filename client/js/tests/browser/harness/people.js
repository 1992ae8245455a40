// Accounts, and what they do behind the pages' back, by HTTP.

import { randomBytes } from "node:crypto";

export const PASSWORD = "correct horse";

export class Account {
  /** @type {Promise<string> | undefined} */
  #token;

  /** @param {string} url of a gateway @param {string} username @param {string} id */
  constructor(url, username, id) {
    this.url = url;
    this.username = username;
    this.password = PASSWORD;
    this.id = id;
  }

  /** @param {string} url @param {string} name @param {{ avatarUrl?: string }} [options] */
  static async register(url, name, options = {}) {
    const username = `${name}${randomBytes(4).toString("hex")}`;
    const { user } = await ask(url, "POST", "/auth/register", { username, password: PASSWORD, ...options });
    return new Account(url, username, user.id);
  }

  /** An access token of a sign-in of its own. */
  token() {
    this.#token ??= ask(this.url, "POST", "/auth/login", { username: this.username, password: this.password }).then(
      (answer) => answer.accessToken,
    );
    return this.#token;
  }

  /** @param {"GET" | "POST" | "PUT" | "DELETE"} method @param {string} path @param {object} [body] */
  async call(method, path, body) {
    return ask(this.url, method, path, body, await this.token());
  }

  /** The conversation with somebody, opened if need be. @param {Account} other @returns {Promise<string>} its id */
  async singleWith(other) {
    const { id } = await this.call("POST", "/conversations", { type: 1, members: [other.id] });
    return id;
  }

  /** @param {string} name @param {Account[]} members @returns {Promise<string>} its id */
  async group(name, members, description = "") {
    const body = { type: 2, name, members: members.map((member) => member.id), description };
    return (await this.call("POST", "/conversations", body)).id;
  }

  /** @param {string} conversationId @param {string} content @param {{ messageType?: number, extra?: string }} [more] */
  send(conversationId, content, more = {}) {
    const path = `/conversations/${conversationId}/messages`;
    return this.call("POST", path, { messageType: 1, content, client_msg_id: randomBytes(8).toString("hex"), ...more });
  }

  /** All messages, oldest first. @param {string} conversationId */
  async history(conversationId) {
    /** @type {any[]} */
    const all = [];
    for (let after = 0; ; ) {
      const path = `/conversations/${conversationId}/messages?afterSeq=${after}&limit=200`;
      const { messages, hasMore } = await this.call("GET", path);
      all.push(...messages);
      if (!hasMore || messages.length === 0) return all;
      after = messages.at(-1).seqId;
    }
  }

  /** Has two people become friends. @param {Account} other */
  async befriend(other) {
    const request = await this.call("POST", "/friends/requests", { targetUserId: other.id, message: "" });
    await other.call("PUT", `/friends/requests/${request.id ?? request.request.id}`, { action: "accept" });
  }
}

/** @param {string} url @param {string} method @param {string} path @param {object} [body] @param {string} [token] */
export async function ask(url, method, path, body, token) {
  /** @type {Record<string, string>} */
  const headers = body ? { "content-type": "application/json" } : {};
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(`${url}/api${path}`, { method, headers, body: body && JSON.stringify(body) });
  const { data, code, message } = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${code} ${message}`);
  return data;
}
