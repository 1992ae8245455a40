// What stands between the caller and another user.

/**
 * @typedef {object} Relation
 * @property {boolean} friend
 * @property {boolean} blocked by the caller
 * @property {import("/gochat.js").FriendRequest | undefined} received
 * @property {import("/gochat.js").FriendRequest | undefined} sent
 */

/** @param {import("/gochat.js").GoChat} chat @param {string} userId @returns {Promise<Relation>} */
export async function relationTo(chat, userId) {
  const [friends, blocked, received, sent] = await Promise.all([
    chat.friends(),
    chat.blocked(),
    chat.friendRequests("received"),
    chat.friendRequests("sent"),
  ]);
  return {
    friend: friends.some(({ id }) => id === userId),
    blocked: blocked.some(({ id }) => id === userId),
    received: received.find(({ from }) => from.id === userId),
    sent: sent.find(({ to }) => to.id === userId),
  };
}
