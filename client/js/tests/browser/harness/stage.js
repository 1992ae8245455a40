// A scene is a test with people in it. The stage brings them windows, and at the end holds what their pages did against what was
// to be expected.

import { mkdirSync } from "node:fs";
import { after, test } from "node:test";
import { Cluster } from "../cluster.js";
import { serveFromDisk } from "../dev-server.js";
import { App } from "./app.js";
import { closeBrowser, Problems, theBrowser } from "./browser.js";
import { Account } from "./people.js";
import { openPlain } from "./plain.js";

const out = new URL("../out/", import.meta.url).pathname;
const fromDisk = Boolean(process.env.WEB_FROM_DISK);

/** @typedef {{ gateways: { url: string, page: string, grpc: string }[], folder: string }} Place where servers are reached */

/** @type {Promise<Place> | undefined} */
let shared;
/** @type {(() => Promise<void> | void)[]} */
const atEnd = [closeBrowser];
after(async () => {
  for (const end of atEnd) await end();
});

/** Where pages come from: the gateway itself; for work on the page, its files on the disk. @param {string} gateway */
async function pagesOf(gateway) {
  if (!fromDisk) return { url: gateway, close() {} };
  return serveFromDisk(gateway);
}

/** The run's servers: whoever kills some has their own. */
function sharedPlace() {
  shared ??= (async () => {
    const given = process.env.GOCHAT_SERVERS;
    const cluster = given ? null : await Cluster.start({}, 2);
    if (cluster) atEnd.push(() => cluster.stop());
    const place = cluster ? placeOf(cluster) : JSON.parse(given ?? "");
    return withPages(place);
  })();
  return shared;
}

/** False in `make test`, which has other tests to run, too. */
export const isFull = process.env.WEB_TESTS !== "short";

/** @param {Cluster} cluster */
export function placeOf(cluster) {
  const gateways = cluster.gateways.map((name) => ({
    url: cluster.urlOf(name),
    page: cluster.urlOf(name),
    grpc: cluster.grpcOf(name),
  }));
  return { gateways, folder: cluster.folder };
}

/** @param {Place} place */
async function withPages(place) {
  for (const gateway of place.gateways) {
    const pages = await pagesOf(gateway.url);
    gateway.page = pages.url;
    atEnd.push(() => pages.close());
  }
  return place;
}

/**
 * @param {string} name
 * @param {(stage: Stage) => Promise<void>} body
 * @param {{ own?: boolean, gateways?: number, settings?: Record<string, string>, timeout?: number }} [options] `own`: servers that the scene may kill
 */
export function scene(name, body, options = {}) {
  test(name, { timeout: options.timeout ?? 180_000 }, async (t) => {
    const cluster = options.own ? await Cluster.start(options.settings, options.gateways ?? 1) : null;
    const stage = new Stage(t, cluster ? await withPages(placeOf(cluster)) : await sharedPlace(), cluster);
    try {
      await body(stage);
      stage.judge();
    } catch (error) {
      await stage.photograph(name);
      throw error;
    } finally {
      await stage.close();
      await cluster?.stop();
    }
  });
}

export class Stage {
  /** @type {{ name: string, context: import("playwright-core").BrowserContext, problems: Problems }[]} */
  #contexts = [];

  /** @param {import("node:test").TestContext} t @param {Place} place @param {Cluster | null} own */
  constructor(t, place, own) {
    this.t = t;
    this.place = place;
    this.cluster = /** @type {Cluster} */ (own);
  }

  /** Prints a figure beside the test's result. @param {string} text */
  say(text) {
    this.t.diagnostic(text);
  }

  /** Makes an account; names are made unique by what follows them. @param {string} name */
  register(name, options = {}) {
    return Account.register(this.place.gateways[0].url, name, options);
  }

  /**
   * A browser of a person's own: its pages share cookies and storage with nobody.
   *
   * @param {string} name
   * @param {import("playwright-core").BrowserContextOptions & { problems?: RegExp[] }} [options]
   */
  async context(name, options = {}) {
    const { problems: expected = [], ...rest } = options;
    const browser = await theBrowser();
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: "en-GB",
      reducedMotion: "reduce",
      ...rest,
    });
    context.setDefaultTimeout(20_000);
    const problems = new Problems(context, name);
    problems.expect(...expected);
    await problems.ready;
    this.#contexts.push({ name, context, problems });
    return { context, problems };
  }

  /**
   * The application, opened by somebody who is signed in already; without an account, as a stranger.
   *
   * @param {Account | null} account
   * @param {import("playwright-core").BrowserContextOptions & { gateway?: number, url?: string, path?: string, problems?: RegExp[],
   *   within?: { context: import("playwright-core").BrowserContext, problems: Problems } }} [options] `within`: a context that was prepared
   */
  async window(account, options = {}) {
    const { gateway = 0, url = this.place.gateways[gateway].page, path = "/", within, ...rest } = options;
    const { context, problems } = within ?? (await this.context(account?.username ?? "stranger", rest));
    const page = await context.newPage();
    const app = new App(page, url, account, problems);
    if (account) await app.signInBehindTheScenes();
    await app.open(path);
    return app;
  }

  /** Windows for so many new people at once. @param {string[]} names */
  async people(...names) {
    return Promise.all(names.map(async (name) => this.window(await this.register(name))));
  }

  /**
   * A page that is nothing but the library, signed in.
   *
   * @param {Account | null} account
   * @param {import("playwright-core").BrowserContextOptions & { gateway?: number, url?: string, problems?: RegExp[],
   *   within?: { context: import("playwright-core").BrowserContext, problems: Problems } }} [options] `within`: a context that was prepared
   */
  async plain(account, options = {}) {
    const { gateway = 0, url = this.place.gateways[gateway].page, within, ...rest } = options;
    const { context, problems } = within ?? (await this.context(account?.username ?? "stranger", rest));
    return openPlain(context, url, account, problems);
  }

  /** Fails when the pages did what nobody expected. */
  judge() {
    const all = this.#contexts.flatMap(({ problems }) => problems.unexpected);
    if (all.length > 0) throw new Error(`the pages had problems:\n${[...new Set(all)].slice(0, 20).join("\n")}`);
  }

  /** Of every page as it is, for whoever wonders why a test failed. @param {string} scene */
  async photograph(scene) {
    const folder = `${out}failures/`;
    mkdirSync(folder, { recursive: true });
    const file = scene.replace(/[^a-z0-9]+/gi, "-").slice(0, 60);
    for (const { name, context, problems } of this.#contexts) {
      for (const [index, page] of context.pages().entries()) {
        const path = `${folder}${file}-${name}-${index}.png`;
        await page.screenshot({ path, timeout: 3_000 }).catch(() => {});
        this.say(`${name}: ${page.url()} ${path}`);
      }
      for (const what of problems.unexpected.slice(0, 10)) this.say(what);
    }
  }

  async close() {
    await Promise.all(this.#contexts.map(({ context }) => context.close().catch(() => {})));
  }
}
