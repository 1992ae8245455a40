// What the people of a conversation are called.

import { ConversationType } from "/gochat.js";

/** @typedef {import("/gochat.js").GoChat} GoChat */
/** @typedef {import("/gochat.js").Conversation} Conversation */
/** @typedef {import("/gochat.js").UserInfo} UserInfo */

const LATELY = 500;

export class Names {
  /** @type {Map<string, UserInfo>} */
  #known = new Map();
  #asked = false;

  /** @param {GoChat} chat @param {string} conversationId */
  constructor(chat, conversationId) {
    this.chat = chat;
    this.conversationId = conversationId;
  }

  /** @param {UserInfo} user */
  learn(user) {
    if (user.username && !this.#known.has(user.id)) this.#known.set(user.id, user);
  }

  /** @param {string} userId */
  of(userId) {
    const { user } = this.chat;
    if (user?.id === userId) return user.username;
    const peer = this.chat.conversations.get(this.conversationId)?.peer;
    if (peer?.id === userId) return peer.username;
    return this.#known.get(userId)?.username ?? this.#sender(userId)?.username;
  }

  /** Whoever wrote lately is known by that. @param {string} userId */
  #sender(userId) {
    const { messages } = this.chat.timeline(this.conversationId);
    for (let i = messages.length - 1; i >= Math.max(0, messages.length - LATELY); i--) {
      const sender = messages[i]?.sender;
      if (sender?.id === userId) return sender;
    }
    return undefined;
  }

  /** Asks once for the members of a group, who may be silent so far. Names are worth no complaint when that fails. */
  async askMembers() {
    const conversation = this.chat.conversations.get(this.conversationId);
    if (this.#asked || conversation?.type !== ConversationType.GROUP) return;
    this.#asked = true;
    try {
      const { members } = await this.chat.members(this.conversationId, { size: 500 });
      for (const member of members) this.learn(member.user);
    } catch {
      this.#asked = false;
    }
  }

  /** Members came or went. */
  stale() {
    this.#asked = false;
  }
}
