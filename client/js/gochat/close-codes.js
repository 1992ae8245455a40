// What follows when a WebSocket ends.

/**
 * - `reconnect`: after the backoff's wait · `soon`: after a short random one · `check`: as `reconnect`, but look first whether the
 *   token is taken at all · `refresh`: get a fresh token, then connect · `stop`: do not hurry back.
 * @typedef {"reconnect" | "soon" | "check" | "refresh" | "stop"} Next
 */

/**
 * @param {number} code
 * @param {boolean} opened the handshake had succeeded
 * @returns {Next}
 */
export function afterClose(code, opened) {
  switch (code) {
    case 4401:
      return "refresh";
    case 1008:
      return "stop";
    case 1012:
      return "soon";
    default:
      // Browsers do not tell why a handshake was refused: it is 1006 for a 401, a 503 and a dead network alike.
      return opened ? "reconnect" : "check";
  }
}
