// One WebSocket, kept up: states, requests as promises, a heartbeat, and what follows when it ends.

import { Backoff } from "./backoff.js";
import { afterClose } from "./close-codes.js";
import { GoChatError, isTransient, offline, timedOut } from "./errors.js";

/** @typedef {{ type: string, data: any, id?: string, timestamp: number, pushId?: string }} Frame */
/** @typedef {"disconnected" | "connecting" | "connected"} Link */
/** @typedef {{ code?: number, reason?: string, retryAt?: number }} Why */

/** A connection that lived so long was a good one: waits begin anew. After a shorter one they are those after so many failures. */
const GOOD = 10_000;
const AFTER_HELLO = 2;
/** The wait after a restart: all clients of the gateway are sent away at once. */
const SOON = 1_000;
/**
 * The wait after 1008 when the sign-in still holds: who was sent away for too much of something, or by an operator, must not come
 * back at once, but a page that stays open must not be dead for ever either. `connect` does not wait.
 */
const STOPPED = [30_000, 60_000];
/** How long the server may owe a `pong`, and how long when there is reason for doubt. */
const PONG_WITHIN = 10_000;
const PONG_IN_DOUBT = 3_000;
/** A frame that is answered only when it is refused is not refused any more after this. */
const REFUSED_WITHIN = 5_000;
/** Requests without an answer; one more fails. */
const MAX_PENDING = 1_000;
const DEFAULT_HEARTBEAT = 20_000;
const DEFAULT_MAX_BYTES = 64 * 1024;
/** An attempt that is older than this is not waited for when the network comes back, in milliseconds. */
const HUNG = 2_000;

export class Socket {
  /** @type {Link} */
  state = "disconnected";
  /** @type {number | null} */
  retryAt = null;
  #wanted = false;
  /** Counts attempts, so that what belongs to an earlier one is known. */
  #turn = 0;
  /** @type {WebSocket | null} */
  #ws = null;
  #opened = false;
  #greetedAt = 0;
  #heardAt = 0;
  #heartbeat = DEFAULT_HEARTBEAT;
  #maxBytes = DEFAULT_MAX_BYTES;
  #begunAt = 0;
  /** What the server knows this connection by. */
  #token = "";
  /** The next attempt looks first whether the token is taken. */
  #doubtful = false;
  /** @type {Map<string, { resolve(data: any): void, reject(error: Error): void, timer: ReturnType<typeof setTimeout> }>} */
  #pending = new Map();
  #lastId = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watch;
  #backoff;
  #parts;
  #told;
  #listening = new AbortController();

  /**
   * @param {object} parts
   * @param {URL} parts.url
   * @param {typeof WebSocket} parts.WebSocket
   * @param {import("./account.js").Account} parts.account
   * @param {{ min: number, max: number }} parts.backoff
   * @param {number} parts.timeout
   * @param {{ state(state: Link, why: Why): void, frame(frame: Frame): void }} told
   */
  constructor(parts, told) {
    this.#parts = parts;
    this.#told = told;
    this.#backoff = new Backoff(parts.backoff.min, parts.backoff.max);
    const { signal } = this.#listening;
    const page = /** @type {any} */ (globalThis);
    if (typeof page.addEventListener !== "function") return;
    page.addEventListener("online", () => this.#hurry(), { signal });
    page.addEventListener("offline", () => this.#hurry(), { signal });
    page.addEventListener("pageshow", () => this.#hurry(), { signal });
    page.document?.addEventListener("visibilitychange", () => page.document.hidden || this.#hurry(), { signal });
  }

  connect() {
    this.#wanted = true;
    if (this.#ws || this.state === "connecting") return;
    this.#backoff.reset();
    this.#open();
  }

  /** @param {Why} [why] */
  disconnect(why = {}) {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.#drop(1000);
    this.#become("disconnected", why);
  }

  close() {
    this.disconnect();
    this.#listening.abort();
  }

  /**
   * Sends a frame with an id and resolves with the `data` of what answers it.
   * @param {string} type
   * @param {object} data
   * @param {{ silent?: boolean, timeout?: number }} [options] `silent`: an answer comes only when it is refused
   * @returns {Promise<any>}
   */
  request(type, data, { silent = false, timeout = this.#parts.timeout } = {}) {
    return new Promise((resolve, reject) => {
      if (this.state !== "connected") throw offline();
      if (this.#pending.size >= MAX_PENDING)
        throw new GoChatError("RATE_LIMITED", "too many requests wait for an answer");
      this.#lastId += 1;
      const id = String(this.#lastId);
      const text = JSON.stringify({ type, id, data, timestamp: seconds() });
      // The server would close the connection, and after the next `hello` again.
      if (bytes(text) > this.#maxBytes) throw new GoChatError("MESSAGE_TOO_LARGE", "the frame is too large");
      const patience = silent ? REFUSED_WITHIN : timeout;
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        if (silent) return resolve({});
        reject(timedOut());
        this.#probe();
      }, patience);
      this.#pending.set(id, { resolve, reject, timer });
      this.#ws?.send(text);
    });
  }

  /** Sends a frame that nobody answers; false when there is no connection. @param {string} type @param {object} data */
  post(type, data) {
    if (this.state !== "connected") return false;
    this.#ws?.send(JSON.stringify({ type, data, timestamp: seconds() }));
    return true;
  }

  /** The socket lives on under this token. @param {string} token */
  authenticate(token) {
    // If it is not taken, the server says so when the old one ends.
    if (this.state !== "connected") return;
    this.#token = token;
    this.request("auth", { token }).catch(() => {});
  }

  async #open() {
    clearTimeout(this.#timer);
    this.#turn += 1;
    const turn = this.#turn;
    this.#begunAt = Date.now();
    this.#become("connecting", {});
    const { account, url, WebSocket } = this.#parts;
    let token;
    try {
      if (this.#doubtful) await account.check();
      token = await account.token();
    } catch (error) {
      if (turn !== this.#turn) return;
      // Signed out: whoever keeps the account has said so.
      if (error instanceof GoChatError && error.code === "SIGNED_OUT") return this.disconnect();
      const wait = Math.max(this.#backoff.next(), error instanceof GoChatError ? error.retryAfter : 0);
      return this.#later(wait, { reason: error instanceof GoChatError ? error.code : String(error) });
    }
    if (turn !== this.#turn) return;
    this.#doubtful = false;
    this.#opened = false;
    this.#greetedAt = 0;
    this.#token = token;
    const ws = new WebSocket(url, ["gochat.v1", `bearer.${token}`]);
    this.#ws = ws;
    ws.onopen = () => {
      this.#opened = true;
    };
    ws.onmessage = (event) => this.#ws === ws && this.#hear(event.data);
    ws.onclose = (event) => this.#ws === ws && this.#ended(event.code, event.reason);
    this.#watchFor(this.#parts.timeout, () => this.#giveUp());
  }

  /** @param {string} text */
  #hear(text) {
    this.#heardAt = Date.now();
    /** @type {Frame} */
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame.type === "hello") {
      this.#greetedAt = Date.now();
      this.#heartbeat = (frame.data?.heartbeatSeconds || DEFAULT_HEARTBEAT / 1000) * 1000;
      this.#maxBytes = frame.data?.maxMessageBytes || DEFAULT_MAX_BYTES;
      this.#watchSilence();
      this.#become("connected", {});
    }
    // What a frame changes is changed before whoever waits for it goes on.
    this.#told.frame(frame);
    const waiting = frame.id === undefined ? undefined : this.#pending.get(frame.id);
    if (!waiting) return;
    this.#pending.delete(/** @type {string} */ (frame.id));
    clearTimeout(waiting.timer);
    if (frame.type === "error") waiting.reject(refusal(frame.data));
    else waiting.resolve(frame.data);
  }

  /** @param {number} code @param {string} reason */
  async #ended(code, reason) {
    const next = afterClose(code, this.#opened);
    const greeted = this.#greetedAt > 0;
    if (greeted) this.#backoff.reset(Date.now() - this.#greetedAt >= GOOD ? 0 : AFTER_HELLO);
    this.#turn += 1;
    const turn = this.#turn;
    this.#drop();
    if (!this.#wanted) return this.#become("disconnected", { code, reason });
    const { account } = this.#parts;
    switch (next) {
      case "soon":
        if (greeted) return this.#later(Math.random() * SOON, { code, reason });
        break;
      case "check":
        this.#doubtful = true;
        break;
      case "refresh":
      case "stop": {
        this.#become("disconnected", { code, reason });
        const over = next === "stop" ? account.check() : account.renew(this.#token);
        const outcome = await over.then(
          () => null,
          (error) => error,
        );
        // Meanwhile somebody connected, or this is signed out.
        if (turn !== this.#turn) return;
        if (outcome && !isTransient(outcome)) return this.#become("disconnected", { code, reason });
        if (next === "stop") {
          const [from, to] = STOPPED;
          return this.#later(from + Math.random() * (to - from), { code, reason });
        }
        if (!outcome && greeted) return this.#open();
        break;
      }
    }
    this.#later(this.#backoff.next(), { code, reason });
  }

  /** @param {number} wait @param {Why} why */
  #later(wait, why) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), wait);
    this.#become("disconnected", { ...why, retryAt: Date.now() + wait });
  }

  /** The network or the page came back, or went: do not wait out a long pause, and do not trust an old connection. */
  #hurry() {
    if (!this.#wanted) return;
    if (this.state === "connected") return this.#probe();
    const waits = this.state === "disconnected" && this.retryAt !== null && this.#lastCode !== 1008;
    const hangs = this.state === "connecting" && Date.now() - this.#begunAt > HUNG;
    if (!waits && !hangs) return;
    this.#drop();
    this.#backoff.reset();
    this.#open();
  }

  /** @type {number | undefined} */
  #lastCode;

  /** @param {Link} state @param {Why} why */
  #become(state, why) {
    this.retryAt = why.retryAt ?? null;
    this.#lastCode = why.code;
    if (this.state === "disconnected" && state === "disconnected" && Object.keys(why).length === 0) return;
    this.state = state;
    this.#told.state(state, why);
  }

  /** Asks for a sign of life, and gives the connection up when none comes. @param {number} [within] */
  #probe(within = PONG_IN_DOUBT) {
    if (this.state !== "connected") return;
    const [asked, turn] = [Date.now(), this.#turn];
    this.post("ping", {});
    this.#watchFor(within, () => {
      if (turn !== this.#turn) return;
      if (this.#heardAt < asked) this.#giveUp();
      else this.#watchSilence();
    });
  }

  /** Browsers answer the server's pings themselves and do not show them: silence is only known by asking. */
  #watchSilence() {
    const due = this.#heardAt + this.#heartbeat - Date.now();
    this.#watchFor(Math.max(0, due), () => {
      if (Date.now() - this.#heardAt >= this.#heartbeat) this.#probe(PONG_WITHIN);
      else this.#watchSilence();
    });
  }

  /** @param {number} wait @param {() => void} then */
  #watchFor(wait, then) {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(then, wait);
  }

  /** A dead connection's own end may come minutes later: it is not waited for. */
  #giveUp() {
    if (this.#ws) this.#ended(1006, "no answer");
  }

  /** @param {number} [code] */
  #drop(code) {
    clearTimeout(this.#watch);
    const ws = this.#ws;
    this.#ws = null;
    if (ws) {
      ws.onopen = ws.onmessage = ws.onclose = null;
      try {
        ws.close(code);
      } catch {
        // It was not open yet.
      }
    }
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, timer } of pending) {
      clearTimeout(timer);
      reject(offline());
    }
  }
}

/** @param {any} data of an `error` frame */
export function refusal(data) {
  const { code = "INTERNAL_ERROR", message = "", details } = data ?? {};
  return new GoChatError(code, message, { retryAfter: details?.retryAfterMs ?? 0 });
}

function seconds() {
  return Math.floor(Date.now() / 1000);
}

const encoder = new TextEncoder();

/** @param {string} text */
function bytes(text) {
  return encoder.encode(text).length;
}
