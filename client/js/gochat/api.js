// The HTTP interface as methods.

import { Target } from "./target.js";

/** @import { Conversation, Events, FriendRequest, Member, SignIn, User, UserInfo } from "../gochat.js" */

/** Ids in one question about who is online. */
const MAX_ASKED = 100;
const SINGLE = 1;
const GROUP = 2;

/** @extends {Target<Events>} */
export class Api extends Target {
  /**
   * @param {"GET" | "POST" | "PUT" | "DELETE"} _method
   * @param {string} _path
   * @param {object} [_body]
   * @returns {Promise<any>}
   */
  call(_method, _path, _body) {
    return Promise.reject(new Error("not implemented"));
  }

  /** A conversation as the server shows it to the caller now. @param {Conversation} conversation @param {{ keep?: boolean }} [_options] */
  _learned(conversation, _options) {
    return conversation;
  }

  /** The caller is not in this conversation any more. @param {string} _conversationId */
  _left(_conversationId) {}

  /** @param {User} _user */
  async _profile(_user) {}

  /** @param {string} _userId @param {boolean} _online */
  _presence(_userId, _online) {}

  /** @param {string} conversationId @returns {Promise<Conversation>} */
  async getConversation(conversationId) {
    return this._learned(await this.call("GET", `/conversations/${encodeURIComponent(conversationId)}`));
  }

  /** @param {string} userId @returns {Promise<Conversation>} */
  async openSingle(userId) {
    const opened = await this.call("POST", "/conversations", { type: SINGLE, members: [userId] });
    // One that was hidden is not listed before its next message, but here it was asked for.
    return this._learned(opened, { keep: true });
  }

  /**
   * @param {string} name
   * @param {string[]} memberIds
   * @param {{ description?: string, avatarUrl?: string }} [options]
   * @returns {Promise<Conversation>}
   */
  async createGroup(name, memberIds, { description, avatarUrl } = {}) {
    const body = { type: GROUP, name, members: memberIds, description, avatarUrl };
    return this._learned(await this.call("POST", "/conversations", body));
  }

  /** @returns {Promise<Conversation>} */
  async joinWorld() {
    return this._learned(await this.call("POST", "/conversations/world/join"));
  }

  /**
   * @param {string} conversationId
   * @param {{ name?: string, avatarUrl?: string, description?: string }} change
   * @returns {Promise<Conversation>}
   */
  async updateConversation(conversationId, change) {
    return this._learned(await this.call("PUT", `/conversations/${encodeURIComponent(conversationId)}`, change));
  }

  /** @param {string} conversationId */
  async deleteConversation(conversationId) {
    await this.call("DELETE", `/conversations/${encodeURIComponent(conversationId)}`);
    this._left(conversationId);
  }

  /** @param {string} conversationId */
  async leave(conversationId) {
    await this.call("POST", `/conversations/${encodeURIComponent(conversationId)}/leave`);
    this._left(conversationId);
  }

  /**
   * @param {string} conversationId
   * @param {{ page?: number, size?: number, role?: number }} [options]
   * @returns {Promise<{ members: Member[], hasMore: boolean }>}
   */
  members(conversationId, { page = 1, size = 100, role = 0 } = {}) {
    const query = `?page=${page}&size=${size}&role=${role}`;
    return this.call("GET", `/conversations/${encodeURIComponent(conversationId)}/members${query}`);
  }

  /**
   * @param {string} conversationId
   * @param {string[]} userIds
   * @param {number} [role]
   * @returns {Promise<{ addedUserIds: string[], failedUsers: { userId: string, reason: string }[] }>}
   */
  addMembers(conversationId, userIds, role) {
    return this.call("POST", `/conversations/${encodeURIComponent(conversationId)}/members`, {
      members: userIds,
      role,
    });
  }

  /** @param {string} conversationId @param {string} userId */
  async removeMember(conversationId, userId) {
    await this.call("DELETE", member(conversationId, userId));
  }

  /** @param {string} conversationId @param {string} userId @param {{ role?: number, muted?: boolean }} change */
  async changeMember(conversationId, userId, change) {
    await this.call("PUT", member(conversationId, userId), change);
  }

  /** @param {string} query @param {number} [limit] @returns {Promise<UserInfo[]>} */
  async searchUsers(query, limit = 20) {
    return (await this.call("GET", `/users/search?q=${encodeURIComponent(query)}&limit=${limit}`)).users;
  }

  /** @param {string[]} userIds @returns {Promise<Map<string, boolean>>} */
  async online(userIds) {
    const found = new Map();
    for (let from = 0; from < userIds.length; from += MAX_ASKED) {
      const ids = userIds.slice(from, from + MAX_ASKED).map(encodeURIComponent);
      const { users } = await this.call("GET", `/users/online?ids=${ids.join(",")}`);
      for (const { userId, online } of users) {
        found.set(userId, online);
        this._presence(userId, online);
      }
    }
    return found;
  }

  /** @returns {Promise<UserInfo[]>} */
  async friends() {
    return (await this.call("GET", "/friends")).friends;
  }

  /** @param {"received" | "sent"} [type] @returns {Promise<FriendRequest[]>} */
  async friendRequests(type = "received") {
    return (await this.call("GET", `/friends/requests?type=${type}`)).requests;
  }

  /** @param {string} userId @param {string} [message] @returns {Promise<FriendRequest>} */
  requestFriend(userId, message) {
    return this.call("POST", "/friends/requests", { targetUserId: userId, message });
  }

  /**
   * @param {string} requestId
   * @param {"accept" | "reject"} action
   * @returns {Promise<{ request: FriendRequest, conversationId?: string }>}
   */
  async answerFriend(requestId, action) {
    const answer = await this.call("PUT", `/friends/requests/${encodeURIComponent(requestId)}`, { action });
    const { conversationId, ...request } = answer;
    if (conversationId) await this.getConversation(conversationId).catch(() => {});
    return { request, conversationId };
  }

  /** @param {string} userId */
  async removeFriend(userId) {
    await this.call("DELETE", `/friends/${encodeURIComponent(userId)}`);
  }

  /** @returns {Promise<UserInfo[]>} */
  async blocked() {
    return (await this.call("GET", "/users/blocked")).users;
  }

  /** @param {string} userId */
  async block(userId) {
    await this.call("PUT", `/users/${encodeURIComponent(userId)}/block`);
  }

  /** @param {string} userId */
  async unblock(userId) {
    await this.call("DELETE", `/users/${encodeURIComponent(userId)}/block`);
  }

  /** @param {{ avatarUrl: string }} change @returns {Promise<User>} */
  async updateProfile(change) {
    const user = await this.call("PUT", "/users/profile", change);
    await this._profile(user);
    return user;
  }

  /** @param {string} oldPassword @param {string} newPassword */
  async changePassword(oldPassword, newPassword) {
    await this.call("PUT", "/users/password", { oldPassword, newPassword });
  }

  /** @returns {Promise<SignIn[]>} */
  async signIns() {
    return (await this.call("GET", "/auth/sessions")).sessions;
  }

  /** @param {string} id */
  async endSignIn(id) {
    await this.call("DELETE", `/auth/sessions/${encodeURIComponent(id)}`);
  }
}

/** @param {string} conversationId @param {string} userId */
function member(conversationId, userId) {
  return `/conversations/${encodeURIComponent(conversationId)}/members/${encodeURIComponent(userId)}`;
}
