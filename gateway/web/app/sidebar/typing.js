// Who is writing in which conversation, for the previews. What does not come again ends by itself.

const LASTS_MS = 8000;

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {(conversationId: string) => void} changed
 * @param {AbortSignal} signal
 */
export function typingUsers(chat, changed, signal) {
  /** @type {Map<string, Map<string, number>>} conversation → user → timer */
  const writing = new Map();

  /** @param {string} conversationId @param {string} userId */
  const end = (conversationId, userId) => {
    const users = writing.get(conversationId);
    if (!users?.has(userId)) return;
    clearTimeout(users.get(userId));
    users.delete(userId);
    if (users.size === 0) writing.delete(conversationId);
    changed(conversationId);
  };
  chat.addEventListener(
    "typing",
    ({ detail: { conversationId, userId, typing } }) => {
      if (userId === chat.user?.id) return;
      if (!typing) return end(conversationId, userId);
      const users = writing.get(conversationId) ?? new Map();
      writing.set(conversationId, users);
      const isNew = !users.has(userId);
      clearTimeout(users.get(userId));
      users.set(
        userId,
        setTimeout(() => end(conversationId, userId), LASTS_MS),
      );
      if (isNew) changed(conversationId);
    },
    { signal },
  );
  // Who has sent has stopped writing.
  chat.addEventListener("message", ({ detail: { message } }) => end(message.conversationId, message.sender.id), {
    signal,
  });
  signal.addEventListener("abort", () => {
    for (const users of writing.values()) for (const timer of users.values()) clearTimeout(timer);
  });
  return (/** @type {string} */ conversationId) => writing.has(conversationId);
}
