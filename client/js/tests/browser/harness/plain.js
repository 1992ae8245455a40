// A page with nothing in it but the library: `chat` is the client, `seen` every event that it had.

import { wait } from "./wait.js";

const EVENTS = [
  "state",
  "user",
  "message",
  "recalled",
  "read",
  "delivered",
  "typing",
  "presence",
  "conversation-changed",
  "friend-request",
  "friend-accepted",
  "push",
  "outbox",
  "frame",
  "error",
];
// A page of the gateway's without a script of its own.
const PATH = "/healthz";

/**
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} url where the library comes from
 * @param {import("./people.js").Account | null} account
 * @param {import("./browser.js").Problems} problems
 */
export async function openPlain(context, url, account, problems) {
  const plain = new Plain(await context.newPage(), url, account, problems);
  await plain.open();
  if (account) await plain.signIn();
  return plain;
}

export class Plain {
  /**
   * @param {import("playwright-core").Page} page @param {string} url @param {import("./people.js").Account | null} account
   * @param {import("./browser.js").Problems} problems
   */
  constructor(page, url, account, problems) {
    this.page = page;
    this.url = url;
    this.account = account;
    this.problems = problems;
  }

  /** Loads the page (again), without signing in. */
  async open() {
    await this.page.goto(this.url + PATH);
    await this.page.evaluate(async (events) => {
      const page = /** @type {any} */ (window);
      const { GoChat } = await import(/** @type {string} */ ("/gochat.js"));
      page.chat = new GoChat();
      page.seen = [];
      for (const type of events) {
        page.chat.addEventListener(type, (/** @type {CustomEvent} */ event) =>
          page.seen.push({ type, ...event.detail, event: type }),
        );
      }
    }, EVENTS);
  }

  /** Another tab of the same browser, signed in as this one is. */
  async tab() {
    const tab = new Plain(await this.page.context().newPage(), this.url, this.account, this.problems);
    await tab.open();
    await tab.run((chat) => chat.restore());
    await tab.run((chat) => chat.ready());
    return tab;
  }

  /** As a reload by hand: the page goes, what the browser keeps stays. */
  async reload() {
    await this.open();
    await this.run((chat) => chat.restore());
  }

  async signIn() {
    await this.run(
      (chat, [name, password]) => chat.signIn(name, password),
      [this.account?.username, this.account?.password],
    );
    await this.run((chat) => chat.ready());
  }

  /**
   * Runs a function in the page, with the client.
   *
   * @template A
   * @param {(chat: any, argument: A) => any} body @param {A} [argument]
   */
  async run(body, argument) {
    return this.page.evaluate(`(${body})(window.chat, ${JSON.stringify(argument)})`);
  }

  /** The reason that a call fails with; null when it does not. @param {(chat: any, argument: any) => any} body @param {any} [argument] */
  async failure(body, argument) {
    const call = `Promise.resolve().then(() => (${body})(window.chat, ${JSON.stringify(argument)}))`;
    return this.page.evaluate(`${call}.then(() => null, (error) => error.code ?? String(error))`);
  }

  /** Writes without waiting for the answer, as a page does. @param {string} conversationId @param {string[]} contents */
  async write(conversationId, ...contents) {
    await this.run(
      (chat, [id, texts]) => {
        for (const text of texts) chat.send(id, text).catch(() => {});
      },
      /** @type {[string, string[]]} */ ([conversationId, contents]),
    );
  }

  /** Resolves once the function is true in the page. @param {(chat: any, argument: any, seen: any[]) => any} body @param {any} [argument] */
  async until(body, argument, timeout = 15_000) {
    const call = `(${body})(window.chat, ${JSON.stringify(argument)}, window.seen)`;
    return wait(`in the page of ${this.account?.username}: ${body}`, () => this.page.evaluate(call), timeout);
  }

  /** Events so far of one type. @param {string} type @returns {Promise<any[]>} */
  async seen(type) {
    return this.page.evaluate(
      (type) => /** @type {any} */ (window).seen.filter((/** @type {any} */ e) => e.event === type),
      type,
    );
  }

  /** Resolves once the client is in this state. @param {string} state */
  async state(state, timeout = 15_000) {
    return this.until((chat, state) => chat.state === state, state, timeout);
  }

  /** The texts of the messages that came as events, in the order in which they came. @param {string} conversationId */
  async heard(conversationId) {
    const events = await this.seen("message");
    return events.filter((e) => e.message.conversationId === conversationId).map((e) => e.message.content);
  }
}
