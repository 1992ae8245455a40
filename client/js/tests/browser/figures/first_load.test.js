// What a first visit costs: requests, bytes over the wire, time to the first conversation.

import assert from "node:assert/strict";
import { scene } from "../harness/stage.js";

const MOST_BYTES = 100 * 1024;

scene("the first load is at most 100 KB over the wire, and everything after it comes from the cache", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const id = await ann.singleWith(bob);
  for (let count = 1; count <= 30; count += 1) await bob.send(id, `message ${count}`);
  const { context, problems } = await stage.context(ann.username);
  const app = await stage.window(ann, { within: { context, problems } });
  await app.page.goto("about:blank");

  const page = await context.newPage();
  const wire = await context.newCDPSession(page);
  await wire.send("Network.enable");
  /** @type {Map<string, { url: string, bytes: number, fromCache: boolean, encoding: string }>} */
  const requests = new Map();
  wire.on("Network.responseReceived", ({ requestId, response }) => {
    const encoding = response.headers["content-encoding"] ?? response.headers["Content-Encoding"] ?? "";
    requests.set(requestId, { url: response.url, bytes: 0, fromCache: Boolean(response.fromDiskCache), encoding });
  });
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const request = requests.get(requestId);
    if (request) request.bytes = encodedDataLength;
  });
  const visit = async () => {
    requests.clear();
    const begun = Date.now();
    await page.goto(`${app.url}/#/c/${id}`, { waitUntil: "commit" });
    await page.getByRole("option").filter({ hasText: bob.username }).waitFor();
    const list = Date.now() - begun;
    await page.getByText("message 30").last().waitFor();
    const conversation = Date.now() - begun;
    // What is loaded after that, such as pictures, counts too.
    await page.waitForLoadState("networkidle");
    const all = [...requests.values()];
    const isData = (/** @type {{ url: string }} */ { url }) => new URL(url).pathname.startsWith("/api/");
    const sum = (/** @type {typeof all} */ some) => some.reduce((total, { bytes }) => total + bytes, 0);
    const files = all.filter((one) => !isData(one));
    return { list, conversation, all, files, bytes: sum(all), fileBytes: sum(files) };
  };

  await wire.send("Network.clearBrowserCache");
  const cold = await visit();
  stage.say(
    `cold cache: ${cold.all.length} requests, ${kb(cold.bytes)} over the wire with headers (${cold.files.length} files, ${kb(cold.fileBytes)}); ` +
      `the list after ${cold.list} ms, the conversation after ${cold.conversation} ms`,
  );
  assert.ok(cold.bytes <= MOST_BYTES, `${kb(cold.bytes)}`);
  if (!process.env.WEB_FROM_DISK) {
    const plain = cold.files.filter(({ encoding, bytes }) => encoding !== "br" && bytes > 1_000);
    assert.deepEqual(plain, [], "all files that are worth it come compressed by brotli");
  }

  await page.goto("about:blank");
  const warm = await visit();
  const again = warm.files.filter(({ fromCache }) => !fromCache);
  stage.say(
    `warm cache: ${warm.all.length - warm.files.length} requests for data, ${again.length} for files, ${kb(warm.bytes)} over the wire; ` +
      `the list after ${warm.list} ms, the conversation after ${warm.conversation} ms`,
  );
  if (!process.env.WEB_FROM_DISK) {
    const paths = again.map(({ url }) => new URL(url).pathname);
    assert.ok(paths.length <= 1, `only the page itself is asked for again, not ${paths}`);
  }
});

/** @param {number} bytes */
function kb(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`;
}
