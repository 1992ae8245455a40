// Runs the browser tests over one Chromium and one set of servers: `node run.js [FILE…]`. Its status is that of node's test runner.

import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { Cluster } from "./cluster.js";
import { launchOptions } from "./harness/browser.js";

const here = new URL(".", import.meta.url).pathname;
const out = join(here, "out");
// Two cores are the least that this runs on. The servers and Chromium need one of them.
const FILES_AT_ONCE = process.env.FILES_AT_ONCE ?? "2";

const asked = process.argv.slice(2);
// Figures are taken while nothing else runs.
const rounds =
  asked.length > 0
    ? [{ files: asked, atOnce: FILES_AT_ONCE }]
    : [
        { files: [...testsIn("library"), ...testsIn("application")], atOnce: FILES_AT_ONCE },
        { files: testsIn("figures"), atOnce: "1" },
      ];
for (const folder of ["logs", "failures"]) {
  rmSync(join(out, folder), { recursive: true, force: true });
  mkdirSync(join(out, folder), { recursive: true });
}
process.env.GOCHAT_LOGS = join(out, "logs");

const cluster = await Cluster.start({}, 2);
const browser = await chromium.launchServer(launchOptions);
const gateways = cluster.gateways.map((name) => ({
  url: cluster.urlOf(name),
  page: cluster.urlOf(name),
  grpc: cluster.grpcOf(name),
}));
const env = {
  ...process.env,
  GOCHAT_BROWSER: browser.wsEndpoint(),
  GOCHAT_SERVERS: JSON.stringify({ gateways, folder: cluster.folder }),
};
let status = 0;
let isStopped = false;
for (const { files, atOnce } of rounds) {
  // What fails in one round does not hide what the next would say.
  const code = isStopped ? 1 : await run(files, atOnce);
  status ||= code;
}
await browser.close();
await cluster.stop();
process.exit(status);

/** @param {string[]} files @param {string} atOnce @returns {Promise<number>} */
async function run(files, atOnce) {
  const options = ["--test", "--test-reporter=spec", `--test-concurrency=${atOnce}`];
  const tests = spawn(process.execPath, [...options, ...files], { env, stdio: "inherit" });
  const stop = (/** @type {NodeJS.Signals} */ signal) => {
    isStopped = true;
    tests.kill(signal);
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const code = await new Promise((resolve) => tests.once("exit", (code) => resolve(code ?? 1)));
  process.off("SIGINT", stop);
  process.off("SIGTERM", stop);
  return code;
}

/** @param {string} folder */
function testsIn(folder) {
  const names = readdirSync(join(here, folder)).filter((name) => name.endsWith(".test.js"));
  return names.sort().map((name) => join(here, folder, name));
}
