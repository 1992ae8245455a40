// Who is signed in, their tokens, and calls of the HTTP interface.

const KEY = "gochat.session";
/** A token with less life left than this is renewed before it is used, in seconds. */
const MARGIN = 60;

/** A refusal of the server, or no answer at all (code SERVICE_UNAVAILABLE, status 0). */
export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** True when the same call may succeed later. */
  get transient() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export class Session extends EventTarget {
  #tokens = JSON.parse(localStorage.getItem(KEY) ?? "null");
  #renewal = null;

  constructor() {
    super();
    // Another tab signed in or out, or renewed the tokens.
    addEventListener("storage", (event) => {
      if (event.key !== KEY) return;
      const before = this.user?.id;
      this.#tokens = JSON.parse(event.newValue ?? "null");
      if (this.user?.id !== before) location.reload();
    });
  }

  get user() {
    return this.#tokens?.user ?? null;
  }

  async register(username, password) {
    await fetchJson("POST", "/auth/register", { username, password });
    await this.signIn(username, password);
  }

  async signIn(username, password) {
    this.#keep(await fetchJson("POST", "/auth/login", { username, password }));
  }

  async enterAsGuest() {
    this.#keep(await fetchJson("POST", "/auth/guest"));
  }

  async signOut() {
    await this.call("POST", "/auth/logout").catch(() => {});
    this.#end();
  }

  /** Calls with a valid token; one that the server no longer takes is renewed once. */
  async call(method, path, body) {
    const token = await this.token();
    try {
      return await fetchJson(method, path, body, token);
    } catch (refusal) {
      if (refusal.status !== 401) throw refusal;
      return await fetchJson(method, path, body, await this.renew(token));
    }
  }

  /** An access token with some life left. */
  async token() {
    const { accessToken, expiresIn } = this.#tokens ?? {};
    if (!accessToken) throw new Refusal(401, "UNAUTHORIZED", "signed out");
    return expiresIn - Date.now() / 1000 > MARGIN ? accessToken : this.renew(accessToken);
  }

  /** A newer access token than `stale`. All callers share one renewal, and where the browser has locks, all tabs. */
  renew(stale) {
    this.#renewal ??= exclusively(() => this.#renewNow(stale)).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #renewNow(stale) {
    this.#tokens = JSON.parse(localStorage.getItem(KEY) ?? "null");
    if (this.#tokens && this.#tokens.accessToken !== stale) return this.#tokens.accessToken;
    try {
      this.#keep(await fetchJson("POST", "/auth/refresh", { refreshToken: this.#tokens?.refreshToken ?? "" }));
    } catch (refusal) {
      if (!refusal.transient) this.#end();
      throw refusal;
    }
    return this.#tokens.accessToken;
  }

  #keep(tokens) {
    this.#tokens = tokens;
    localStorage.setItem(KEY, JSON.stringify(tokens));
  }

  #end() {
    if (!this.#tokens) return;
    this.#tokens = null;
    localStorage.removeItem(KEY);
    this.dispatchEvent(new Event("ended"));
  }
}

function exclusively(work) {
  return navigator.locks ? navigator.locks.request(KEY, work) : work();
}

async function fetchJson(method, path, body, token) {
  const headers = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (token) headers.authorization = `Bearer ${token}`;
  let response, answer;
  try {
    response = await fetch(`/api${path}`, { method, headers, body: body && JSON.stringify(body) });
    answer = await response.json();
  } catch {
    throw new Refusal(response?.status ?? 0, "SERVICE_UNAVAILABLE", "The server does not answer.");
  }
  if (!response.ok) throw new Refusal(response.status, answer.code, answer.message);
  return answer.data;
}
