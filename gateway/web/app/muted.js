// Conversations that notify nobody in this browser. Kept here, not on the server: each device has its own.

const STORED = "gochat.muted";

/** Fires `change`. */
export const mutedChanges = new EventTarget();
let ids = stored();

function stored() {
  try {
    return new Set(/** @type {string[]} */ (JSON.parse(localStorage.getItem(STORED) ?? "[]")));
  } catch {
    return new Set();
  }
}

/** @param {string} conversationId */
export function isMuted(conversationId) {
  return ids.has(conversationId);
}

/** @param {string} conversationId @param {boolean} muted */
export function setMuted(conversationId, muted) {
  if (muted) ids.add(conversationId);
  else ids.delete(conversationId);
  localStorage.setItem(STORED, JSON.stringify([...ids]));
  mutedChanges.dispatchEvent(new Event("change"));
}

// Another tab muted one.
addEventListener("storage", (event) => {
  if (event.key !== STORED) return;
  ids = stored();
  mutedChanges.dispatchEvent(new Event("change"));
});
