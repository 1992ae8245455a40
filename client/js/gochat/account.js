// Who is signed in, and their tokens: kept in storage, shared by the tabs, renewed in time.

import { GoChatError, isAboutToken, isTransient, signedOut } from "./errors.js";

/** @import { User } from "../gochat.js" */
/** @typedef {{ accessToken: string, refreshToken: string, expiresAt: number, refreshAt: number, user: User }} Kept times in ms of the clock here */

const KEY = "tokens";
/** A token with less life left than this is renewed before it is used, in milliseconds. */
const MARGIN = 10_000;
/** When in a token's life it is renewed: somewhere between these parts of it. */
const RENEWED_AT = [0.6, 0.8];
/**
 * Waits before an unanswered renewal is repeated. All of them end well within the 30 s in which the server forgives a refresh token
 * that is shown again, because the answer to its first showing may be what was lost.
 */
const RENEWAL_RETRIES = [500, 1_500, 4_000];
/** Longest wait that `setTimeout` can do. */
const MAX_TIMEOUT = 2 ** 31 - 1;

export class Account {
  /** @type {Kept | null} */
  #kept = null;
  /** @type {Promise<string> | null} */
  #renewing = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #http;
  #storage;
  #tabs;
  #told;
  #clientInfo;

  /**
   * @param {object} parts
   * @param {import("./http.js").Http} parts.http
   * @param {import("./storage.js").Storage} parts.storage
   * @param {import("./tabs.js").Tabs} parts.tabs
   * @param {string} [parts.clientInfo]
   * @param {{ user(user: User | null, reason?: string): void, renewed(token: string): void, failed(error: unknown): void }} told
   */
  constructor({ http, storage, tabs, clientInfo }, told) {
    this.#http = http;
    this.#storage = storage;
    this.#tabs = tabs;
    this.#told = told;
    this.#clientInfo = clientInfo;
  }

  get user() {
    return this.#kept?.user ?? null;
  }

  /** Takes up what is stored. */
  async restore() {
    const kept = await this.#stored();
    if (kept && kept.user.id === this.user?.id) this.#take(kept);
    else if (kept) this.#become(kept);
    return this.user;
  }

  /** @param {"/auth/login" | "/auth/guest"} path @param {object} [credentials] */
  async signIn(path, credentials) {
    const clientInfo = this.#clientInfo;
    const answer = await this.#http.send("POST", path, { body: { ...credentials, clientInfo } });
    const kept = keep(answer);
    await this.#tabs.exclusively("tokens", () => this.#store(kept));
    if (this.user && this.user.id !== kept.user.id) this.#leave("signed-out");
    this.#become(kept);
    this.#tabs.say({ kind: "account" });
    return kept.user;
  }

  /** @param {{ username: string, password: string, avatarUrl?: string }} wanted */
  async register(wanted) {
    await this.#http.send("POST", "/auth/register", { body: wanted });
  }

  async signOut() {
    const kept = this.#kept;
    if (!kept) return;
    // First here, then there: a tab must not renew what the server is about to end.
    await this.#tabs.exclusively("tokens", () => this.#store(null));
    this.#tabs.say({ kind: "account", reason: "signed-out" });
    this.#leave("signed-out");
    await this.#logOut(kept).catch(() => {});
  }

  /** Another tab changed what is stored. @param {string} [reason] */
  async heard(reason) {
    const kept = await this.#stored();
    if (!kept) return this.#leave(reason ?? "signed-out");
    if (kept.user.id === this.user?.id) return this.#take(kept);
    if (this.user) this.#leave("signed-out");
    this.#become(kept);
  }

  /** An access token with some life left. */
  async token() {
    if (!this.#kept) throw signedOut();
    const { accessToken, expiresAt } = this.#kept;
    const left = expiresAt - Date.now();
    if (left > MARGIN) return accessToken;
    return this.renew(accessToken).catch((error) => {
      if (isTransient(error) && left > 0) return accessToken;
      throw error;
    });
  }

  /**
   * Calls with the access token; one that the server does not take is renewed once.
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async call(method, path, body) {
    const token = await this.token();
    try {
      return await this.#http.send(method, path, { body, token });
    } catch (error) {
      if (!isAboutToken(error)) throw error;
      return this.#http.send(method, path, { body, token: await this.renew(token) });
    }
  }

  /** Throws unless the server takes this sign-in; one that is over is left. */
  async check() {
    const token = await this.token();
    try {
      await this.#http.send("GET", "/users/profile", { token });
    } catch (error) {
      if (!isAboutToken(error)) throw error;
      await this.renew(token);
    }
  }

  /** The profile changed. @param {User} user */
  async changed(user) {
    if (this.#kept?.user.id !== user.id) return;
    this.#kept = { ...this.#kept, user };
    await this.#tabs.exclusively("tokens", async () => {
      const kept = await this.#stored();
      if (kept?.user.id === user.id) await this.#store({ ...kept, user });
    });
    this.#told.user(user);
    this.#tabs.say({ kind: "account" });
  }

  /**
   * A newer access token than `stale`. All callers share one renewal, and so do all tabs.
   * @param {string} stale
   */
  renew(stale) {
    this.#renewing ??= this.#tabs
      .exclusively("tokens", () => this.#renewNow(stale))
      .finally(() => {
        this.#renewing = null;
      });
    return this.#renewing;
  }

  /** @param {string} stale */
  async #renewNow(stale) {
    const before = await this.#stored();
    if (!before || before.user.id !== this.user?.id) {
      await this.heard();
      throw signedOut();
    }
    if (before.accessToken !== stale) {
      this.#take(before);
      return before.accessToken;
    }
    let answer;
    try {
      answer = await this.#spend(before.refreshToken);
    } catch (error) {
      if (!refused(error)) throw error;
      // Without locks another tab may have spent it a moment ago: then theirs is the sign-in that goes on.
      const since = await this.#stored();
      if (since && since.refreshToken !== before.refreshToken) {
        this.#take(since);
        return since.accessToken;
      }
      // Whoever hears of it first, the socket or a request: it is the refresh token that tells what became of the sign-in.
      const reason = error instanceof GoChatError && error.code === "TOKEN_EXPIRED" ? "expired" : "ended";
      await this.#store(null);
      this.#tabs.say({ kind: "account", reason });
      this.#leave(reason);
      throw signedOut();
    }
    const kept = keep({ user: before.user, ...answer });
    await this.#store(kept);
    this.#take(kept);
    this.#tabs.say({ kind: "account" });
    return kept.accessToken;
  }

  /** @param {string} refreshToken */
  async #spend(refreshToken) {
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.#http.send("POST", "/auth/refresh", { body: { refreshToken } });
      } catch (error) {
        const wait = RENEWAL_RETRIES[tries];
        if (!isTransient(error) || wait === undefined) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
      }
    }
  }

  /** @param {Kept} kept */
  async #logOut(kept) {
    try {
      await this.#http.send("POST", "/auth/logout", { token: kept.accessToken, keepalive: true });
    } catch (error) {
      if (!isAboutToken(error)) throw error;
      const { accessToken } = await this.#spend(kept.refreshToken);
      await this.#http.send("POST", "/auth/logout", { token: accessToken, keepalive: true });
    }
  }

  /** Where storage fails the copy here counts. @returns {Promise<Kept | null>} */
  async #stored() {
    try {
      return (await this.#storage.get("account", KEY)) ?? null;
    } catch {
      return this.#kept;
    }
  }

  /** @param {Kept | null} kept */
  async #store(kept) {
    try {
      if (kept) await this.#storage.put("account", KEY, kept);
      else await this.#storage.delete("account", KEY);
    } catch (error) {
      this.#told.failed(error);
    }
  }

  /** @param {Kept} kept */
  #become(kept) {
    this.#kept = kept;
    this.#wakeToRenew();
    this.#told.user(kept.user);
  }

  /** The same user's newer tokens, or profile. @param {Kept} kept */
  #take(kept) {
    const before = this.#kept;
    this.#kept = kept;
    this.#wakeToRenew();
    if (before?.accessToken !== kept.accessToken) this.#told.renewed(kept.accessToken);
    if (JSON.stringify(before?.user) !== JSON.stringify(kept.user)) this.#told.user(kept.user);
  }

  /** @param {string} reason */
  #leave(reason) {
    clearTimeout(this.#timer);
    if (!this.#kept) return;
    this.#kept = null;
    this.#told.user(null, reason);
  }

  #wakeToRenew() {
    clearTimeout(this.#timer);
    const kept = this.#kept;
    if (!kept) return;
    const wait = Math.min(MAX_TIMEOUT, Math.max(0, kept.refreshAt - Date.now()) + Math.random() * 1_000);
    this.#timer = setTimeout(() => {
      if (Date.now() < kept.refreshAt) return this.#wakeToRenew();
      // Not now is not never: whoever needs a token tries again, and so does this.
      this.renew(kept.accessToken).catch((error) => {
        if (!isTransient(error) || this.#kept !== kept) return;
        this.#timer = setTimeout(() => this.#wakeToRenew(), 10_000 + Math.random() * 10_000);
      });
    }, wait);
    /** @type {any} */ (this.#timer).unref?.();
  }

  close() {
    clearTimeout(this.#timer);
    this.#kept = null;
  }
}

/** True when the server says that this sign-in is over. Its failures never mean that. @param {unknown} error */
function refused(error) {
  return isAboutToken(error) || (error instanceof GoChatError && error.code === "USER_DISABLED");
}

/**
 * The clock here may be wrong, so what counts is how long the token lives from now on.
 * @param {{ accessToken: string, refreshToken: string, expiresIn: number, user: User }} answer
 * @returns {Kept}
 */
function keep({ accessToken, refreshToken, expiresIn, user }) {
  const now = Date.now();
  const life = lifetime(accessToken) ?? Math.max(0, expiresIn * 1000 - now);
  const [from, to] = RENEWED_AT;
  const refreshAt = now + life * (from + Math.random() * (to - from));
  return { accessToken, refreshToken, expiresAt: now + life, refreshAt, user };
}

/** What a JWT says of its life, in milliseconds. @param {string} token */
function lifetime(token) {
  try {
    const { exp, iat } = JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    const life = (exp - iat) * 1000;
    return life > 0 ? life : null;
  } catch {
    return null;
  }
}
