// GoChat's own programs over SQLite, on free ports and in a folder of their own: one repo, one logic, one or more gateways.

import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the programs are: `GOCHAT_PROGRAMS`, or the debug build. */
export const programs = process.env.GOCHAT_PROGRAMS ?? new URL("../../../../target/debug", import.meta.url).pathname;

const START_WITHIN = 60_000;

export class Cluster {
  /** @type {Map<string, import("node:child_process").ChildProcess>} */
  #processes = new Map();
  /** @type {Map<string, Record<string, string>>} */
  #settings;
  /** @type {import("node:stream").Writable | "inherit"} */
  #log;

  /** @param {string} folder @param {Map<string, Record<string, string>>} settings of each program */
  constructor(folder, settings) {
    this.folder = folder;
    this.#settings = settings;
    // What the programs say would bury what the tests say.
    const log = process.env.GOCHAT_LOGS;
    this.#log = log ? createWriteStream(join(log, `${folder.split("-").pop()}.log`)) : "inherit";
    process.once("exit", this.#killAll);
  }

  #killAll = () => {
    // One that could not be started has no pid, and node would send the signal to whatever it takes for one.
    for (const child of this.#processes.values()) if (child.pid) child.kill("SIGKILL");
  };

  /** `gateway`, `gateway-2`, … */
  get gateways() {
    return [...this.#settings.keys()].filter((name) => name.startsWith("gateway"));
  }

  /** @param {string} [gateway] */
  urlOf(gateway = "gateway") {
    return `http://${this.#settings.get(gateway)?.GATEWAY_HTTP_LISTEN}`;
  }

  get url() {
    return this.urlOf();
  }

  /** Where jobs push. @param {string} [gateway] */
  grpcOf(gateway = "gateway") {
    return `http://${this.#settings.get(gateway)?.GATEWAY_GRPC_LISTEN}`;
  }

  /** @param {string} name a secret in the data folder: `internal_token`, `jwt_secret` */
  async secret(name) {
    return (await readFile(join(this.folder, "data", name), "utf8")).trim();
  }

  /** @param {Record<string, string>} [more] settings beside the usual @param {number} [gateways] how many */
  static async start(more = {}, gateways = 1) {
    const folder = await mkdtemp(join(tmpdir(), "gochat-browser-"));
    const ports = await freePorts(2 + 2 * gateways);
    const at = () => `127.0.0.1:${ports.pop()}`;
    const [logic, repo] = [at(), at()];
    const listeners = Array.from({ length: gateways }, () => ({
      GATEWAY_HTTP_LISTEN: at(),
      GATEWAY_GRPC_LISTEN: at(),
    }));
    const common = {
      DATA_DIR: join(folder, "data"),
      GATEWAY_URLS: listeners.map((one) => `http://${one.GATEWAY_GRPC_LISTEN}`).join(),
      LOGIC_LISTEN: logic,
      LOGIC_URLS: `http://${logic}`,
      REPO_LISTEN: repo,
      REPO_URLS: `http://${repo}`,
      BCRYPT_COST: "10",
      ...more,
    };
    /** @type {Map<string, Record<string, string>>} */
    const settings = new Map([
      ["repo", common],
      ["logic", common],
    ]);
    for (const [index, one] of listeners.entries()) {
      settings.set(index ? `gateway-${index + 1}` : "gateway", { ...common, ...one });
    }
    const cluster = new Cluster(folder, settings);
    for (const name of settings.keys()) cluster.run(name);
    await cluster.ready();
    return cluster;
  }

  /** Starts a program that does not run. @param {string} name */
  run(name) {
    const env = { ...process.env, ...this.#settings.get(name) };
    const stdio = this.#log === "inherit" ? "inherit" : "pipe";
    const child = spawn(join(programs, name.split("-")[0]), [], { env, stdio: ["ignore", stdio, stdio] });
    if (this.#log !== "inherit") {
      for (const stream of [child.stdout, child.stderr]) stream?.pipe(this.#log, { end: false });
    }
    this.#processes.set(name, child);
  }

  /** Ends a program (without notice, unless the signal says otherwise), and resolves when it is gone. @param {string} name */
  kill(name, signal = /** @type {NodeJS.Signals} */ ("SIGKILL")) {
    const child = this.#processes.get(name);
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    return gone;
  }

  /** Resolves once the gateways (or one of them) and all behind them answer. */
  async ready(names = this.gateways) {
    const deadline = Date.now() + START_WITHIN;
    for (const url of names.map((name) => this.urlOf(name))) {
      for (;;) {
        const answer = await fetch(`${url}/readyz`).catch(() => null);
        if (answer?.ok) break;
        if (Date.now() > deadline) throw new Error(`${url} is not ready after ${START_WITHIN} ms`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Ends a program and starts it again. @param {string} name @param {NodeJS.Signals} [signal] */
  async restart(name, signal) {
    await this.kill(name, signal);
    this.run(name);
    await this.ready(name.startsWith("gateway") ? [name] : undefined);
  }

  async stop() {
    const rest = this.gateways.map((name) => this.kill(name, "SIGTERM"));
    await Promise.all(rest);
    for (const name of ["logic", "repo"]) await this.kill(name, "SIGTERM");
    process.off("exit", this.#killAll);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * Ports below the range that the kernel hands out, on which nobody listens: a program that was killed finds its own free when it
 * comes back.
 *
 * @param {number} count
 */
async function freePorts(count) {
  /** @type {number[]} */
  const ports = [];
  while (ports.length < count) {
    const port = randomInt(12_000, 32_000);
    const isFree = await new Promise((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (isFree && !ports.includes(port)) ports.push(port);
  }
  return ports;
}
