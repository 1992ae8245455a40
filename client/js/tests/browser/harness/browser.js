// One Chromium for the whole run, and what its pages may not do unseen.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const program = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => path && existsSync(path),
);

/** How Chromium is started. */
export const launchOptions = {
  executablePath: program,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

/** @type {Promise<import("playwright-core").Browser> | undefined} */
let browser;

/** The run's Chromium; one of this file's own where it was started without the run. */
export function theBrowser() {
  if (!program) throw new Error("there is no Chromium: `apt-get install chromium`, or name one with CHROMIUM");
  const run = process.env.GOCHAT_BROWSER;
  browser ??= run ? chromium.connect(run) : chromium.launch(launchOptions);
  return browser;
}

export async function closeBrowser() {
  await (await browser)?.close();
}

/**
 * What went wrong in the pages of a context: errors on the console, exceptions, violations of the content security policy, requests
 * that failed or left for another host, dialogs nobody asked for. A test that brings such a thing about says so with `expect`.
 */
export class Problems {
  /** @type {string[]} */
  #seen = [];
  /** @type {RegExp[]} */
  #expected = [];

  /** @param {import("playwright-core").BrowserContext} context @param {string} name of the person */
  constructor(context, name) {
    /** @param {string} what */
    const note = (what) => this.#seen.push(`${name}: ${what}`);
    context.on("console", (message) => {
      // Browsers ask for it where a page names no icon, such as the plain ones.
      if (message.location().url.endsWith("/favicon.ico")) return;
      if (message.type() === "error") note(`console: ${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (error) => note(`exception: ${error.error().stack ?? error.error().message}`));
    context.on("dialog", async (dialog) => {
      note(`dialog: ${dialog.type()} ${dialog.message()}`);
      await dialog.dismiss().catch(() => {});
    });
    context.on("request", (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (protocol.startsWith("http") && hostname !== "127.0.0.1") note(`request to ${request.url()}`);
    });
    context.on("requestfailed", (request) => {
      const error = request.failure()?.errorText;
      // What a page that goes away leaves unfinished.
      if (error !== "net::ERR_ABORTED") note(`request failed: ${request.url()} ${error}`);
    });
    context.on("page", (page) => page.on("crash", () => note("the page crashed")));
    // Before any script of the page: some violations leave nothing on the console.
    this.ready = context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
  }

  /** @param {RegExp[]} patterns */
  expect(...patterns) {
    this.#expected.push(...patterns);
  }

  /** What nobody expected, so far. */
  get unexpected() {
    return this.#seen.filter((what) => !this.#expected.some((pattern) => pattern.test(what)));
  }
}

/** What pages say when their server is away. */
export const whileAway = [
  /WebSocket connection to .* failed/,
  /Failed to load resource: net::ERR_/,
  /request failed: /,
  /Failed to load resource: the server responded with a status of (502|503|504)/,
];
