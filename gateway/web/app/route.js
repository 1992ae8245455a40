// What is shown, as the address has it: `#/` the conversations, `#/c/<id>` one of them.

/** The conversation that the address names, or null. */
export function routedConversation() {
  const match = /^#\/c\/(.+)$/.exec(location.hash);
  if (!match) return null;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return null;
  }
}

/** @param {string | null} conversationId null: the list @param {{ replace?: boolean }} [options] */
export function go(conversationId, { replace = false } = {}) {
  const hash = conversationId === null ? "#/" : `#/c/${encodeURIComponent(conversationId)}`;
  if (hash === (location.hash || "#/")) return;
  if (!replace) {
    location.hash = hash;
    return;
  }
  history.replaceState(history.state, "", hash);
  dispatchEvent(new HashChangeEvent("hashchange"));
}
