// GoChat's own programs, one of each over SQLite, on free ports and in a folder of their own.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the programs are: `GOCHAT_PROGRAMS`, or the debug build. */
export const programs = process.env.GOCHAT_PROGRAMS ?? new URL("../../../../target/debug", import.meta.url).pathname;

const START_WITHIN = 30_000;

export class Cluster {
  /** @type {Map<string, import("node:child_process").ChildProcess>} */
  #processes = new Map();

  /** @param {string} folder @param {Record<string, string>} settings */
  constructor(folder, settings) {
    this.folder = folder;
    this.settings = settings;
    this.url = `http://${settings.GATEWAY_HTTP_LISTEN}`;
    this.grpc = settings.GATEWAY_GRPC_LISTEN;
  }

  /** @param {Record<string, string>} [more] settings beside the usual */
  static async start(more = {}) {
    const folder = await mkdtemp(join(tmpdir(), "gochat-browser-"));
    const [http, grpc, logic, repo] = await freePorts(4);
    const cluster = new Cluster(folder, {
      DATA_DIR: join(folder, "data"),
      GATEWAY_HTTP_LISTEN: `127.0.0.1:${http}`,
      GATEWAY_GRPC_LISTEN: `127.0.0.1:${grpc}`,
      GATEWAY_URLS: `http://127.0.0.1:${grpc}`,
      LOGIC_LISTEN: `127.0.0.1:${logic}`,
      LOGIC_URLS: `http://127.0.0.1:${logic}`,
      REPO_LISTEN: `127.0.0.1:${repo}`,
      REPO_URLS: `http://127.0.0.1:${repo}`,
      BCRYPT_COST: "10",
      ...more,
    });
    for (const name of ["repo", "logic", "gateway"]) cluster.run(name);
    await cluster.ready();
    return cluster;
  }

  /** Starts a program that does not run. @param {string} name */
  run(name) {
    const env = { ...process.env, ...this.settings };
    const child = spawn(join(programs, name), [], { env, stdio: ["ignore", "inherit", "inherit"] });
    this.#processes.set(name, child);
  }

  /** Kills a program without notice, and resolves when it is gone. @param {string} name */
  kill(name, signal = /** @type {NodeJS.Signals} */ ("SIGKILL")) {
    const child = this.#processes.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    return gone;
  }

  /** Resolves once the gateway and all behind it answer. */
  async ready() {
    for (const deadline = Date.now() + START_WITHIN; ; ) {
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
      if (Date.now() > deadline) throw new Error(`${this.url} is not ready after ${START_WITHIN} ms`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop() {
    for (const name of ["gateway", "logic", "repo"]) await this.kill(name, "SIGTERM");
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** @param {number} count */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
      return server;
    }),
  );
  const ports = servers.map((server) => /** @type {import("node:net").AddressInfo} */ (server.address()).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
