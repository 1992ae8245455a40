// For who changes the page: serves the files as they are on disk, and passes the rest on to a GoChat that it starts
// (or to the one at GATEWAY). `node client/js/tests/browser/dev-server.js [PORT]`.

import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { extname, join } from "node:path";
import { Cluster } from "./cluster.js";

const root = new URL("../../../../", import.meta.url).pathname;
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};
// What the gateway sends with its files, so that what it would stop does not work here either.
const headers = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https: http:; connect-src 'self' ws:; " +
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
};

/** @param {string} gatewayUrl @param {number} [port] */
export async function serveFromDisk(gatewayUrl, port = 0) {
  const gateway = new URL(gatewayUrl);
  const server = createServer(async (req, res) => {
    const path = new URL(req.url ?? "/", "http://here").pathname;
    const file = path.endsWith("/") ? `${path}index.html` : path;
    for (const folder of ["gateway/web", "client/js"]) {
      const content = await readFile(join(root, folder, file)).catch(() => null);
      if (!content) continue;
      const type = types[/** @type {keyof typeof types} */ (extname(file))] ?? "application/octet-stream";
      res.writeHead(200, { "content-type": type, ...headers }).end(content);
      return;
    }
    const options = { method: req.method, headers: { ...req.headers, host: gateway.host, origin: gateway.origin } };
    const passed = request(new URL(req.url ?? "/", gateway), options, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    passed.on("error", () => res.destroy());
    req.pipe(passed);
  });
  server.on("upgrade", (req, socket, head) => {
    const options = { headers: { ...req.headers, host: gateway.host, origin: gateway.origin } };
    const passed = request(new URL(req.url ?? "/", gateway), options);
    passed.on("upgrade", (answer, upstream, first) => {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`);
      socket.write(first);
      upstream.write(head);
      upstream.on("error", () => socket.destroy()).pipe(socket);
      socket.on("error", () => upstream.destroy()).pipe(upstream);
    });
    passed.on("response", (answer) => socket.end(`HTTP/1.1 ${answer.statusCode} Refused\r\n\r\n`));
    passed.on("error", () => socket.destroy());
    passed.end();
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const port = Number(process.argv[2] ?? 5173);
  const cluster = process.env.GATEWAY ? null : await Cluster.start({ ALLOWED_ORIGINS: `http://127.0.0.1:${port}` });
  const gateway = process.env.GATEWAY ?? cluster?.url ?? "";
  const server = await serveFromDisk(gateway, port);
  process.stdout.write(`${server.url}/ over ${gateway}\n`);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, async () => {
      await cluster?.stop();
      process.exit(0);
    });
  }
}
