// What every part of the library fails with.

/** Reasons after which the same request may succeed later. */
const TRANSIENT = new Set(["SERVICE_UNAVAILABLE", "TIMEOUT", "INTERNAL_ERROR", "RATE_LIMITED", "OFFLINE"]);
/** Reasons that say: this token is not taken. INVALID_CREDENTIALS is about a password and is none of them. */
const ABOUT_TOKEN = new Set(["UNAUTHORIZED", "INVALID_TOKEN", "TOKEN_EXPIRED"]);

export class GoChatError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{ status?: number, requestId?: string, retryAfter?: number }} [more]
   */
  constructor(code, message, { status = 0, requestId = "", retryAfter = 0 } = {}) {
    super(message);
    this.name = "GoChatError";
    this.code = code;
    this.status = status;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
    this.transient = TRANSIENT.has(code) || status >= 500 || status === 429 || status === 408;
  }
}

/** @param {unknown} error */
export function isAboutToken(error) {
  return error instanceof GoChatError && ABOUT_TOKEN.has(error.code);
}

/** @param {unknown} error */
export function isTransient(error) {
  return error instanceof GoChatError && error.transient;
}

/** Anything thrown, as an error of this library. @param {unknown} error */
export function asGoChatError(error) {
  if (error instanceof GoChatError) return error;
  return new GoChatError("INTERNAL_ERROR", error instanceof Error ? error.message : String(error));
}

export function signedOut() {
  return new GoChatError("SIGNED_OUT", "nobody is signed in");
}

export function offline() {
  return new GoChatError("OFFLINE", "there is no connection to the server");
}

export function timedOut() {
  return new GoChatError("TIMEOUT", "no answer came in time");
}
