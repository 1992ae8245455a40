// Who is online, as far as the caller is told: contacts only.

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {() => void} changed
 * @param {AbortSignal} signal
 */
export function followPresence(chat, changed, signal) {
  /** What was asked for or told since. @type {Map<string, boolean>} */
  const told = new Map();
  /** @type {Set<string>} */
  const asked = new Set();
  chat.addEventListener(
    "presence",
    ({ detail }) => {
      told.set(detail.userId, detail.online);
      changed();
    },
    { signal },
  );
  return {
    /** @param {string} userId */
    isOnline: (userId) => told.get(userId) ?? chat.conversations.isOnline(userId),
    /** Asks for those not asked for yet. Where no answer comes, no dot is shown. @param {string[]} userIds */
    async ask(userIds) {
      const fresh = userIds.filter((id) => id !== chat.user?.id && !asked.has(id));
      for (let i = 0; i < fresh.length; i += 100) {
        const some = fresh.slice(i, i + 100);
        for (const id of some) asked.add(id);
        const answer = await chat.online(some).catch(() => new Map());
        if (signal.aborted) return;
        for (const [id, online] of answer) told.set(id, online);
        if (answer.size > 0) changed();
      }
    },
  };
}
