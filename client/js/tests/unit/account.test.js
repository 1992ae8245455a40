import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { install } from "./fake-locks.js";
import { failure } from "./fake-server.js";
import { begin, closeTab, end, pass, ready, record, Setting, signIn, turns } from "./setting.js";

const REFRESH = "POST /auth/refresh";

beforeEach(() => {
  begin();
  install();
});
afterEach(end);

/** @param {Setting} setting */
function refreshes({ server }) {
  return server.calls.filter((call) => call === REFRESH).length;
}

test("a sign-in outlives the page, and one in memory does not", async () => {
  const setting = new Setting();
  const first = await setting.signedIn();
  assert.equal(first.state, "connected");
  await closeTab(first);
  const second = setting.tab();
  assert.equal((await second.restore())?.username, "me");
  await ready(second);
  const apart = await setting.signedIn({ storage: "memory" });
  await closeTab(apart);
  assert.equal(await setting.tab({ storage: "memory" }).restore(), null);
  assert.equal(await setting.tab({ name: "another" }).restore(), null);
});

test("tokens are renewed before they expire, and the socket lives on under the new one", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  await pass(900_000 * 0.6 - 1_000);
  assert.equal(refreshes(setting), 0);
  await pass(900_000 * 0.2 + 3_000);
  assert.equal(refreshes(setting), 1);
  const fresh = [...setting.server.signIns.values()][0].access;
  assert.deepEqual(setting.server.sent("auth"), [{ token: fresh }]);
  assert.equal(chat.state, "connected");
});

test("a wrong clock changes nothing: what counts is how long a token lives", async () => {
  const setting = new Setting();
  const tokens = setting.server.tokens.bind(setting.server);
  setting.server.tokens = (userId, signIn) => ({ ...tokens(userId, signIn), expiresIn: 7 });
  const chat = await setting.signedIn();
  await chat.call("GET", "/users/profile");
  await pass(60_000);
  assert.equal(refreshes(setting), 0);
});

test("a 401 has the token renewed once and the call repeated", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  for (const tokens of setting.server.signIns.values()) tokens.access = "revoked";
  const [one, two] = await Promise.all([chat.call("GET", "/users/profile"), chat.call("GET", "/users/profile")]);
  assert.deepEqual([one.username, two.username], ["me", "me"]);
  assert.equal(refreshes(setting), 1);
});

test("a wrong password is no reason to renew anything", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  setting.server.instead.set("PUT /users/password", () => failure(401, "INVALID_CREDENTIALS"));
  await assert.rejects(chat.changePassword("a", "b"), { code: "INVALID_CREDENTIALS" });
  assert.equal(refreshes(setting), 0);
});

test("tabs share one renewal", async () => {
  const setting = new Setting();
  const first = await setting.signedIn();
  const others = [setting.tab(), setting.tab()];
  for (const other of others) {
    await other.restore();
    await ready(other);
  }
  for (const tokens of setting.server.signIns.values()) tokens.access = "revoked";
  const calls = [first, ...others].map((chat) => chat.call("GET", "/users/profile"));
  await Promise.all(calls);
  assert.equal(refreshes(setting), 1);
  await turns();
  assert.equal(setting.server.sent("auth").length, 3, "each socket is told");
});

test("the server's failures sign nobody out", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  for (const answer of [
    failure(500, "INTERNAL_ERROR"),
    failure(503, "SERVICE_UNAVAILABLE"),
    new Response("", { status: 403 }),
    new Error("no"),
  ]) {
    setting.server.instead.set(REFRESH, () => (answer instanceof Response ? answer.clone() : answer));
    for (const tokens of setting.server.signIns.values()) tokens.access = `revoked ${answer}`;
    const call = chat.call("GET", "/users/profile").then(
      () => assert.fail("it succeeded"),
      (error) => error,
    );
    await pass(8_000);
    assert.notEqual((await call).code, "SIGNED_OUT");
    assert.equal(chat.user?.username, "me");
  }
  setting.server.instead.clear();
  assert.equal((await chat.call("GET", "/users/profile")).username, "me");
});

test("a renewal whose answer is lost is repeated at once, with the same token", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  /** @type {string[]} */
  const shown = [];
  setting.server.instead.set(REFRESH, ({ refreshToken }) =>
    shown.push(refreshToken) === 1 ? new Error("lost") : undefined,
  );
  for (const tokens of setting.server.signIns.values()) tokens.access = "revoked";
  const call = chat.call("GET", "/users/profile");
  await pass(1_000);
  assert.equal((await call).username, "me");
  assert.equal(shown.length, 2);
  assert.equal(shown[0], shown[1]);
});

for (const [code, reason] of [
  ["INVALID_TOKEN", "ended"],
  ["TOKEN_EXPIRED", "expired"],
])
  test(`a sign-in that is over is so in all tabs, and says why: ${code}`, async () => {
    const setting = new Setting();
    const [one, two] = [await setting.signedIn(), setting.tab()];
    await two.restore();
    await ready(two);
    const [told, toldToo] = [record(one, "user"), record(two, "user")];
    setting.server.signIns.clear();
    setting.server.instead.set("POST /auth/refresh", () => failure(401, code));
    setting.server.drop(4401);
    await pass(2_000);
    for (const chat of [one, two]) assert.deepEqual([chat.state, chat.user], ["signed-out", null]);
    for (const details of [told, toldToo]) assert.deepEqual(details, [{ user: null, reason }]);
    assert.equal(refreshes(setting), 1);
    await assert.rejects(one.ready(), { code: "SIGNED_OUT" });
  });

test("signing out in one tab signs all out; signing in takes them along", async () => {
  const setting = new Setting();
  const [one, two] = [await setting.signedIn(), setting.tab()];
  await two.restore();
  await ready(two);
  const told = record(two, "user");
  await one.signOut();
  await turns();
  assert.deepEqual([one.state, two.state], ["signed-out", "signed-out"]);
  assert.deepEqual(told, [{ user: null, reason: "signed-out" }]);
  assert.equal(setting.server.signIns.size, 0);
  assert.equal(await setting.tab().restore(), null);
  await signIn(one);
  await ready(two);
  assert.equal(two.user?.username, "me");
});

test("another user's sign-in takes the place of the first one's", async () => {
  const setting = new Setting();
  setting.server.room("c", { members: ["u-me"] });
  setting.server.room("d", { members: ["u-other"] });
  const chat = await setting.signedIn();
  assert.deepEqual(
    chat.conversations.items.map(({ id }) => id),
    ["c"],
  );
  const other = chat.signIn("other", "password");
  await turns();
  assert.equal((await other).username, "other");
  await ready(chat);
  assert.deepEqual(
    chat.conversations.items.map(({ id }) => id),
    ["d"],
  );
  assert.deepEqual(
    setting.server.sockets.map(({ userId }) => userId),
    ["u-other"],
  );
});

test("a sign-in that ends after its token was renewed is over at once", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  for (const tokens of setting.server.signIns.values()) tokens.access = "revoked";
  await chat.call("GET", "/users/profile");
  await turns();
  setting.server.signIns.clear();
  setting.server.drop(4401);
  await turns();
  assert.equal(chat.state, "signed-out");
});
