import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { GoChatError, isAboutToken } from "../../gochat/errors.js";
import { Http, milliseconds } from "../../gochat/http.js";
import { failure } from "./fake-server.js";

/** @param {(url: string, options: any) => any} answer */
function http(answer) {
  const fetch = /** @type {any} */ (
    async (/** @type {string} */ url, /** @type {any} */ options) => answer(url, options)
  );
  return new Http({ url: new URL("http://server.test/chat/api"), fetch, timeout: 5_000 });
}

/** @param {Promise<unknown>} call @returns {Promise<GoChatError>} */
async function error(call) {
  const thrown = await call.then(
    () => assert.fail("it succeeded"),
    (error) => error,
  );
  assert.ok(thrown instanceof GoChatError, String(thrown));
  return thrown;
}

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 }));
afterEach(() => mock.timers.reset());

test("what is asked and what is answered", async () => {
  /** @type {any[]} */
  const asked = [];
  const server = http((url, options) => {
    asked.push(url, options);
    return new Response(JSON.stringify({ success: true, data: { x: 1 } }));
  });
  assert.deepEqual(await server.send("POST", "/a?b=1", { body: { c: 2 }, token: "t" }), { x: 1 });
  assert.equal(asked[0], "http://server.test/chat/api/a?b=1");
  assert.equal(asked[1].headers.authorization, "Bearer t");
  assert.equal(asked[1].body, '{"c":2}');
});

test("a refusal has the server's reason, and says when to come again", async () => {
  const limited = await error(http(() => failure(429, "RATE_LIMITED", { "retry-after": "3" })).send("GET", "/"));
  const { code, status, requestId, transient, retryAfter } = limited;
  assert.deepEqual(
    { code, status, requestId, transient, retryAfter },
    { code: "RATE_LIMITED", status: 429, requestId: "q1", transient: true, retryAfter: 3_000 },
  );
  assert.equal((await error(http(() => failure(403, "FORBIDDEN")).send("GET", "/"))).transient, false);
  assert.equal(milliseconds(new Date(1_060_000).toUTCString()), 60_000);
  assert.equal(milliseconds("soon"), 0);
});

test("a proxy's answer is no word of the server", async () => {
  const unauthorized = await error(http(() => new Response("<h1>401</h1>", { status: 401 })).send("GET", "/"));
  assert.equal(unauthorized.code, "UNEXPECTED_ANSWER");
  assert.equal(isAboutToken(unauthorized), false);
  const bad = await error(http(() => new Response("", { status: 502 })).send("GET", "/"));
  assert.deepEqual([bad.code, bad.transient], ["SERVICE_UNAVAILABLE", true]);
  assert.equal((await error(http(() => new Response("<p>hello")).send("GET", "/"))).code, "UNEXPECTED_ANSWER");
});

test("no network and no answer are told apart", async () => {
  const none = await error(http(() => Promise.reject(new TypeError("no"))).send("GET", "/"));
  assert.deepEqual([none.code, none.status, none.transient], ["OFFLINE", 0, true]);
  const silent = http(
    (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted")))),
  );
  const late = error(silent.send("GET", "/"));
  await Promise.resolve();
  mock.timers.tick(5_000);
  assert.equal((await late).code, "TIMEOUT");
});
