/**
 * Calls once the socket is there again: what happened meanwhile was told to nobody here.
 * @param {import("/gochat.js").GoChat} chat @param {() => void} call @param {AbortSignal} signal
 */
export function onReconnected(chat, call, signal) {
  chat.addEventListener("state", ({ detail }) => detail.state === "connected" && call(), { signal });
}
