// A conversation by its id, also while the list of them is still on its way.

/** @typedef {import("/gochat.js").GoChat} GoChat */
/** @typedef {import("/gochat.js").Conversation} Conversation */

/** The list knows what is unread, so it is waited for, but not for ever: in milliseconds. */
const PATIENCE = 4000;

/** @param {GoChat} chat @param {string} id @param {AbortSignal} signal @returns {Promise<Conversation | "gone" | "unknown">} */
export async function find(chat, id, signal) {
  const { conversations } = chat;
  if (!conversations.get(id) && !conversations.loaded) await loaded(chat, signal);
  const listed = conversations.get(id);
  if (listed) return listed;
  try {
    return await chat.getConversation(id);
  } catch (error) {
    return /** @type {any} */ (error)?.code === "CONVERSATION_NOT_FOUND" ? "gone" : "unknown";
  }
}

/** @param {GoChat} chat @param {AbortSignal} signal @returns {Promise<void>} */
function loaded({ conversations }, signal) {
  const done = new AbortController();
  return new Promise((resolve) => {
    const end = () => {
      done.abort();
      resolve();
    };
    const timer = setTimeout(end, PATIENCE);
    done.signal.addEventListener("abort", () => clearTimeout(timer));
    signal.addEventListener("abort", end, { signal: done.signal });
    conversations.addEventListener("change", () => conversations.loaded && end(), { signal: done.signal });
  });
}
