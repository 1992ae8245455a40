// What the people of a conversation are called, and what the user may do in it.

import { ConversationType } from "/gochat.js";

/** @typedef {import("/gochat.js").GoChat} GoChat */
/** @typedef {import("/gochat.js").Conversation} Conversation */
/** @typedef {import("/gochat.js").Member} Member */
/** @typedef {import("/gochat.js").UserInfo} UserInfo */

const LATELY = 500;

export class Members {
  /** @type {Map<string, UserInfo>} */
  #known = new Map();
  #asking = false;
  /** The user's own membership as told last: nobody is told when they are muted or made an admin. @type {Member | undefined} */
  own;

  /** @param {GoChat} chat @param {string} conversationId */
  constructor(chat, conversationId) {
    this.chat = chat;
    this.conversationId = conversationId;
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

  /** Asks for the members of a group, who may be silent so far. When that fails, what is known has to do. */
  async ask() {
    const conversation = this.chat.conversations.get(this.conversationId);
    if (this.#asking || conversation?.type !== ConversationType.GROUP) return;
    this.#asking = true;
    try {
      const { members } = await this.chat.members(this.conversationId, { size: 500 });
      for (const member of members) this.#known.set(member.user.id, member.user);
      this.own = members.find((member) => member.user.id === this.chat.user?.id);
    } catch {
      // The next time it is asked may be better.
    }
    this.#asking = false;
  }
}
