import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { refused } from "./fake-server.js";
import { begin, end, pass, ready, record, Setting, turns } from "./setting.js";

beforeEach(begin);
afterEach(end);

test("a lost connection is made again, with growing waits, and the state says when", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  const states = record(chat, "state");
  setting.server.up = false;
  setting.server.drop(1006);
  await turns();
  assert.deepEqual([chat.state, states[0].code, states[0].previous], ["disconnected", 1006, "connected"]);
  assert.equal(chat.retryAt, states[0].retryAt);
  assert.ok(states[0].retryAt > Date.now());
  await pass(60_000);
  const tries = states.filter(({ state }) => state === "connecting").length;
  assert.ok(tries > 4 && tries < 30, `${tries} tries in a minute`);
  setting.server.up = true;
  await pass(20_000);
  assert.equal(chat.state, "connected");
  assert.equal(chat.retryAt, null);
});

test("after a restart it comes back soon, not at once with all others", async () => {
  mock.method(Math, "random", () => 0.9);
  const setting = new Setting();
  const chat = await setting.signedIn();
  setting.server.drop(1012, "restart");
  await pass(750);
  assert.equal(chat.state, "disconnected");
  await pass(250);
  assert.equal(chat.state, "connected");
});

test("4401 gets a fresh token and goes on", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  setting.server.drop(4401, "the token has expired");
  await turns();
  assert.equal(chat.state, "connected");
  assert.equal(setting.server.calls.filter((call) => call === "POST /auth/refresh").length, 1);
});

test("4401 while nobody can renew the token is tried again, and signs nobody out", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  setting.server.up = false;
  setting.server.drop(4401);
  await pass(20_000);
  assert.equal(chat.state === "signed-out", false);
  setting.server.up = true;
  await pass(20_000);
  assert.equal(chat.state, "connected");
});

test("1008 ends the sign-in only when the server says so, and is not hurried back from", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  setting.server.drop(1008, "kicked");
  await pass(25_000);
  assert.deepEqual([chat.state, chat.user?.username], ["disconnected", "me"]);
  assert.ok((chat.retryAt ?? 0) > Date.now());
  await pass(40_000);
  assert.equal(chat.state, "connected");
  const told = record(chat, "user");
  setting.server.signIns.clear();
  setting.server.drop(1008, "signed out");
  await turns();
  assert.equal(chat.state, "signed-out");
  assert.deepEqual(told, [{ user: null, reason: "ended" }]);
});

test("a handshake that fails has the token checked, for browsers do not say why", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  for (const tokens of setting.server.signIns.values()) tokens.access = "revoked";
  setting.server.drop(1006);
  await pass(10_000);
  assert.equal(chat.state, "connected");
  setting.server.signIns.clear();
  setting.server.drop(1006);
  await pass(10_000);
  assert.equal(chat.state, "signed-out");
});

test("a silent connection is asked for a sign of life, and a dead one is given up", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  await pass(19_000);
  assert.equal(setting.server.sent("ping").length, 0);
  await pass(2_000);
  assert.equal(setting.server.sent("ping").length, 1);
  await pass(60_000);
  assert.equal(chat.state, "connected");
  const states = record(chat, "state");
  setting.server.sockets[0].dead = true;
  await pass(32_000);
  assert.deepEqual(
    states.map(({ state }) => state),
    ["disconnected", "connecting", "connected"],
  );
});

test("requests are answered by their ids, refused, or fail with the connection", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  setting.server.answer = ({ type, data }) =>
    type === "echo" ? (data.no ? refused("FORBIDDEN") : { type: "echoed", data }) : undefined;
  const [one, two] = [chat.request("echo", { x: 1 }), chat.request("echo", { x: 2 })];
  assert.deepEqual(await Promise.all([two, one]), [{ x: 2 }, { x: 1 }]);
  await assert.rejects(chat.request("echo", { no: true }), { code: "FORBIDDEN", transient: false });
  setting.server.answer = ({ type }) => (type === "echo" ? null : undefined);
  const lost = assert.rejects(chat.request("echo"), { code: "OFFLINE", transient: true });
  await turns();
  setting.server.drop(1006);
  await lost;
  await assert.rejects(chat.request("echo"), { code: "OFFLINE" });
  await pass(5_000);
  const late = assert.rejects(chat.request("echo"), { code: "TIMEOUT", transient: true });
  await pass(16_000);
  await late;
});

test("`disconnect` stays away until `connect`", async () => {
  const setting = new Setting();
  const chat = await setting.signedIn();
  chat.disconnect();
  await pass(120_000);
  assert.deepEqual([chat.state, setting.server.sockets.length, chat.user?.username], ["disconnected", 0, "me"]);
  chat.connect();
  await ready(chat);
  assert.equal(chat.state, "connected");
});

test("the network's return is not waited out", async () => {
  const page = new EventTarget();
  Object.defineProperty(globalThis, "addEventListener", {
    value: page.addEventListener.bind(page),
    configurable: true,
  });
  try {
    const setting = new Setting();
    const chat = await setting.signedIn({ backoff: { min: 60_000, max: 60_000 } });
    setting.server.up = false;
    setting.server.drop(1006);
    await turns();
    assert.equal(chat.state, "disconnected");
    setting.server.up = true;
    page.dispatchEvent(new Event("online"));
    await turns();
    assert.equal(chat.state, "connected");
    setting.server.hanging = true;
    setting.server.drop(1012);
    await pass(5_000);
    assert.equal(chat.state, "connecting");
    setting.server.hanging = false;
    page.dispatchEvent(new Event("online"));
    await turns();
    assert.equal(chat.state, "connected");
  } finally {
    Reflect.deleteProperty(globalThis, "addEventListener");
  }
});
