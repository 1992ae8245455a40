// The WebSocket: kept up, with growing waits between tries.

/** Waits between tries in milliseconds: the first, and the longest that doubling leads to. */
const BACKOFF = [500, 30_000];
/** How often the server is asked for a sign of life, and how long it may be silent, in milliseconds. */
const PING_EVERY = 20_000;
const SILENCE = 45_000;
/** The close code that says: sign in again. */
const SIGN_IN_AGAIN = 4401;

/** Events: `up` after the server's hello, `down`, and `frame` with the frame as `detail`. */
export class Socket extends EventTarget {
  #session;
  #socket = null;
  #stopped = true;
  #tries = 0;
  #timer = 0;
  #token = "";
  #heardAt = 0;

  constructor(session) {
    super();
    this.#session = session;
    setInterval(() => this.#watch(), PING_EVERY);
    // The network is back: do not wait out a long pause.
    addEventListener("online", () => this.#hurry());
  }

  start() {
    this.#stopped = false;
    this.#tries = 0;
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  /** Sends a frame; false when the socket is not up. */
  send(type, data) {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#tries > 0) return false;
    this.#socket.send(JSON.stringify({ type, data, timestamp: Math.floor(Date.now() / 1000) }));
    return true;
  }

  async #connect() {
    // Counts as a failed try until the hello.
    this.#tries += 1;
    try {
      this.#token = await this.#session.token();
    } catch {
      this.#later();
      return;
    }
    // Another try, or a sign-out, was faster.
    if (this.#stopped || this.#socket) return;
    const url = new URL("/ws", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, ["gochat.v1", `bearer.${this.#token}`]);
    this.#socket = socket;
    socket.onmessage = (event) => this.#socket === socket && this.#heard(event.data);
    socket.onclose = (event) => this.#socket === socket && this.#closed(event.code);
  }

  #heard(text) {
    this.#heardAt = Date.now();
    const frame = JSON.parse(text);
    if (frame.type === "hello") {
      this.#tries = 0;
      this.dispatchEvent(new Event("up"));
    }
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  async #closed(code) {
    const refused = this.#tries > 0;
    this.#socket = null;
    this.dispatchEvent(new Event("down"));
    if (this.#stopped) return;
    // A browser does not tell why an upgrade was refused, so a call finds out whether the token is the cause.
    if (code === SIGN_IN_AGAIN) await this.#session.renew(this.#token).catch(() => {});
    else if (refused) await this.#session.call("GET", "/users/profile").catch(() => {});
    this.#later();
  }

  #later() {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    const wait = Math.min(BACKOFF[1], BACKOFF[0] * 2 ** Math.min(this.#tries, 10));
    this.#timer = setTimeout(() => this.#connect(), wait * (0.5 + Math.random() / 2));
  }

  #hurry() {
    if (this.#stopped || this.#socket) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  /** A browser answers the server's pings but does not notice when they stop. */
  #watch() {
    if (!this.send("ping", {})) return;
    if (Date.now() - this.#heardAt > SILENCE) {
      const socket = this.#socket;
      this.#closed(1006);
      socket.close();
    }
  }
}
