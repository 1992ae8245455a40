// What is shown, as the address has it: `#/` the conversations, `#/c/<id>` one of them.

/** The conversation that the address names, or null. */
export function routedConversation() {
  const match = /^#\/c\/(.+)$/.exec(location.hash);
  if (!match?.[1]) return null;
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
  if (replace) {
    history.replaceState(null, "", hash);
    dispatchEvent(new HashChangeEvent("hashchange"));
    return;
  }
  // Back to the list is back in the browser's history too, so that its own button does not return to what was left.
  if (conversationId === null && history.state?.overList) return history.back();
  const overList = routedConversation() === null;
  location.hash = hash;
  history.replaceState({ overList }, "");
}
