// What each of the server's frames changes, and which event tells of it.

import { refusal } from "./socket.js";

/** @import { GoChat } from "./client.js" */
/** @import { Frame } from "./socket.js" */

/**
 * @typedef {object} Parts
 * @property {GoChat} chat
 * @property {string | undefined} me
 * @property {import("./conversation-list.js").ConversationList} list
 * @property {import("./listing.js").Listing} listing
 * @property {import("./order.js").Order} order
 * @property {import("./presence.js").Presence} presence
 * @property {import("./delivery.js").Delivery} delivery
 * @property {import("./recent.js").Recent} pushes
 * @property {(id: string) => import("./timeline.js").Timeline | undefined} timeline
 * @property {() => void} hello
 * @property {(id: string) => void} left
 * @property {(id: string) => void} look
 * @property {(ids?: string[]) => void} resync
 */

/** All members of a group hear at once that it changed, in milliseconds. */
const TOGETHER = 1_000;
/** Answers to requests: whoever asked hears them. */
const ANSWERS = new Set(["message-ack", "read-ack", "delivery-ack", "sync-done", "auth-ack", "pong"]);

/** @param {Parts} parts @param {Frame} frame */
export function hear(parts, frame) {
  const { chat, list, me, timeline } = parts;
  const { type, data, id: answers } = frame;
  switch (type) {
    case "hello":
      return parts.hello();
    case "new-message":
      parts.order.heard(data);
      return;
    case "message-recalled":
      return parts.order.recalled(data);
    case "resync":
      return parts.resync(data.conversations);
    case "read-receipt": {
      const { conversationId, userId, seqId } = data;
      if (userId === me) list.read(conversationId, seqId);
      else timeline(conversationId)?.read(userId, seqId);
      return chat._tell("read", { conversationId, userId, seqId });
    }
    case "delivery-receipt": {
      const { conversationId, userId, seqId } = data;
      if (userId === me) return;
      parts.delivery.theirs(conversationId, seqId);
      timeline(conversationId)?.delivered(seqId);
      return chat._tell("delivered", { conversationId, userId, seqId });
    }
    case "typing-indicator": {
      const { conversationId, userId, typing } = data;
      if (userId === me) return;
      timeline(conversationId)?.writes(userId, typing);
      return chat._tell("typing", { conversationId, userId, typing });
    }
    case "online-status":
      return parts.presence.is(data.userId, data.status === "online");
    case "conversation-created":
      parts.listing.soon();
      return chat._tell("conversation-changed", { conversationId: data.conversation.id, kind: "created" });
    case "conversation-updated": {
      const { conversation } = data;
      // It does not tell what the caller may do there, and that may be what changed.
      list.describe(conversation);
      parts.listing.soon(TOGETHER);
      parts.look(conversation.id);
      return chat._tell("conversation-changed", { conversationId: conversation.id, kind: "updated" });
    }
    case "conversation-deleted":
      return parts.left(data.conversationId);
    case "member-added":
    case "member-removed":
      return membersChanged(parts, type, data);
    case "friend-request":
      return chat._tell("friend-request", { request: data.request });
    case "friend-accepted":
      parts.listing.soon();
      return chat._tell("friend-accepted", { user: data.user, conversationId: data.conversationId });
    case "error":
      if (answers === undefined) chat._tell("error", { error: refusal(data) });
      return;
    default:
      if (ANSWERS.has(type)) return;
      if (frame.pushId !== undefined && !parts.pushes.add(frame.pushId)) return;
      return chat._tell("push", { type, data, pushId: frame.pushId });
  }
}

/** @param {Parts} parts @param {string} type @param {{ conversationId: string, userIds: string[] }} data */
function membersChanged({ chat, list, listing, left, look, me }, type, { conversationId, userIds }) {
  const added = type === "member-added";
  if (me !== undefined && userIds.includes(me)) {
    if (!added) return left(conversationId);
    listing.soon();
  } else {
    list.grow(conversationId, added ? userIds.length : -userIds.length);
    look(conversationId);
  }
  chat._tell("conversation-changed", { conversationId, kind: "members" });
}
