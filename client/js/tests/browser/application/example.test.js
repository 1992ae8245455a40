// The page of client/js/example, served from anywhere, chats with people at the gateway.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { scene } from "../harness/stage.js";

const example = new URL("../../../example/page.html", import.meta.url);
// Its origin is told to the gateway, which starts first. No other port here is in this range.
const address = `127.0.0.1:${randomInt(32_000, 32_700)}`;

scene(
  "twenty lines on a page of another origin: a guest there and a user of the gateway's own page talk",
  async (stage) => {
    const page = await readFile(example);
    const lines = page.toString().trim().split("\n");
    assert.ok(lines.length <= 20, `${lines.length} lines`);
    const elsewhere = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end(page));
    const [host, port] = address.split(":");
    await new Promise((resolve) => elsewhere.listen(Number(port), host, () => resolve(undefined)));
    try {
      const ann = await stage.window(await stage.register("ann"));
      await ann.press("World room");
      await ann.heading("World").waitFor();
      await ann.write("is anybody out there?");

      const { context } = await stage.context("guest");
      const theirs = await context.newPage();
      await theirs.goto(`http://${address}/?gateway=${encodeURIComponent(stage.place.gateways[0].url)}`);
      await theirs.getByRole("listitem").filter({ hasText: "is anybody out there?" }).waitFor();
      await theirs.getByLabel("Message").fill("I am, on another page");
      await theirs.getByRole("button", { name: "Send" }).click();
      await ann.sees("I am, on another page");
      await ann.write("welcome");
      await theirs.getByRole("listitem").filter({ hasText: "welcome" }).waitFor();
      // It is still the same guest after a reload.
      await theirs.reload();
      await theirs.getByRole("listitem").filter({ hasText: "welcome" }).waitFor();
    } finally {
      elsewhere.close();
      elsewhere.closeAllConnections();
    }
  },
  { own: true, settings: { ALLOWED_ORIGINS: `http://${address}` } },
);

scene("a page of an origin that is not allowed gets nothing", async (stage) => {
  const elsewhere = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>"));
  await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", () => resolve(undefined)));
  try {
    const { port } = /** @type {import("node:net").AddressInfo} */ (elsewhere.address());
    const { context } = await stage.context("stranger", {
      problems: [/CORS/, /WebSocket/, /ERR_FAILED/, /status of 40\d/],
    });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    const got = await page.evaluate(async (url) => {
      const guest = await fetch(`${url}/api/auth/guest`, { method: "POST" }).then(
        () => "an answer",
        () => "nothing",
      );
      const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, ["gochat.v1", "bearer.none"]);
      const opened = await new Promise((resolve) => {
        socket.onopen = () => resolve("a socket");
        socket.onclose = () => resolve("nothing");
      });
      return [guest, opened];
    }, stage.place.gateways[0].url);
    assert.deepEqual(got, ["nothing", "nothing"]);
  } finally {
    elsewhere.close();
    elsewhere.closeAllConnections();
  }
});
