// One HTTP request: its envelope opened, its failure made an error.

import { GoChatError, offline, timedOut } from "./errors.js";

export class Http {
  #base;
  #fetch;
  #timeout;

  /** @param {{ url: URL, fetch: typeof globalThis.fetch, timeout: number }} options `url` is what `/auth/login` and the like are below */
  constructor({ url, fetch, timeout }) {
    this.#base = url.href.replace(/\/$/, "");
    this.#fetch = fetch;
    this.#timeout = timeout;
  }

  /**
   * Resolves with `data` of the answer.
   * @param {string} method
   * @param {string} path
   * @param {{ body?: object, token?: string, keepalive?: boolean }} [options]
   * @returns {Promise<any>}
   */
  async send(method, path, { body, token, keepalive } = {}) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (body) headers["content-type"] = "application/json";
    if (token) headers.authorization = `Bearer ${token}`;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), this.#timeout);
    try {
      const text = body && JSON.stringify(body);
      // Not as a method: browsers want their own object, or none, before the dot.
      const call = this.#fetch;
      const answer = await call(this.#base + path, { method, headers, body: text, signal: abort.signal, keepalive });
      const json = await answer.json().catch(() => null);
      if (abort.signal.aborted) throw timedOut();
      if (!answer.ok || !json?.success) throw failure(answer, json);
      return json.data;
    } catch (error) {
      if (error instanceof GoChatError) throw error;
      throw abort.signal.aborted ? timedOut() : offline();
    } finally {
      clearTimeout(timer);
    }
  }
}

/** @param {Response} answer @param {any} json */
function failure(answer, json) {
  const { status } = answer;
  // Without the envelope it is a proxy that speaks: its 401 says nothing about our tokens.
  const code = json?.code ?? (status >= 500 ? "SERVICE_UNAVAILABLE" : "UNEXPECTED_ANSWER");
  const requestId = json?.requestId ?? answer.headers.get("x-request-id") ?? "";
  const retryAfter = milliseconds(answer.headers.get("retry-after"));
  return new GoChatError(code, json?.message ?? `HTTP ${status}`, { status, requestId, retryAfter });
}

/** `Retry-After`: seconds, or a date. @param {string | null} header */
export function milliseconds(header) {
  if (!header) return 0;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : 0;
}
