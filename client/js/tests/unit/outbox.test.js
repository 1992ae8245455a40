import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { install } from "./fake-locks.js";
import { refused } from "./fake-server.js";
import { begin, closeTab, end, pass, ready, record, Setting, signIn, turns } from "./setting.js";

beforeEach(begin);
afterEach(end);

/** @param {Setting} setting @param {string} [room] */
function stored({ server }, room = "c") {
  return server.rooms.get(room)?.messages.map(({ content }) => content);
}

/** @param {import("../../gochat/client.js").GoChat} chat @param {...string} texts */
function write(chat, ...texts) {
  return Promise.allSettled(texts.map((text) => chat.send("c", text)));
}

function setting() {
  const made = new Setting();
  made.server.room("c");
  made.server.room("d");
  return made;
}

test("a message is a draft until it is acknowledged, then a message", async () => {
  const s = setting();
  const chat = await s.signedIn();
  const timeline = chat.timeline("c");
  await timeline.load();
  const outbox = record(chat, "outbox");
  const sent = chat.send("c", "hello", { extra: { a: 1 } });
  assert.deepEqual(
    timeline.drafts.map(({ content, state }) => [content, state]),
    [["hello", "waiting"]],
  );
  assert.equal((await sent).seqId, 1);
  assert.deepEqual(timeline.drafts, []);
  assert.deepEqual(
    timeline.messages.map(({ content, extra }) => [content, extra]),
    [["hello", '{"a":1}']],
  );
  assert.deepEqual(
    outbox.map(({ draft, sent }) => [draft.state, sent?.seqId]),
    [
      ["waiting", undefined],
      ["sending", undefined],
      ["sending", 1],
    ],
  );
  assert.equal(await chat.unsent(), 0);
});

test("what is refused for now is not overtaken", async () => {
  const s = setting();
  const chat = await s.signedIn();
  const codes = ["SERVICE_UNAVAILABLE", "TIMEOUT", "INTERNAL_ERROR", "RATE_LIMITED"];
  s.server.answer = ({ type }) =>
    type === "send-message" && codes.length > 0 ? refused(/** @type {string} */ (codes.shift())) : undefined;
  const done = write(chat, "1", "2", "3");
  await pass(30_000);
  await done;
  assert.deepEqual(stored(s), ["1", "2", "3"]);
  const keys = s.server
    .sent("send-message")
    .slice(0, 5)
    .map((data) => data.client_msg_id);
  assert.equal(new Set(keys).size, 1, "the same message, under the same key");
});

test("the server says when to come again", async () => {
  const s = setting();
  const chat = await s.signedIn();
  let refusals = 1;
  s.server.answer = ({ type }) =>
    type === "send-message" && refusals-- > 0
      ? refused("RATE_LIMITED", { details: { retryAfterMs: 30_000 } })
      : undefined;
  write(chat, "1");
  await pass(29_000);
  assert.deepEqual(stored(s), []);
  await pass(2_000);
  assert.deepEqual(stored(s), ["1"]);
});

test("what is refused for good fails, and the later ones go on", async () => {
  const s = setting();
  const chat = await s.signedIn();
  s.server.answer = ({ type, data }) =>
    type === "send-message" && data.content === "2" ? refused("MEMBER_MUTED") : undefined;
  const [, second] = await write(chat, "1", "2", "3");
  assert.equal(second.status === "rejected" && second.reason.code, "MEMBER_MUTED");
  assert.deepEqual(stored(s), ["1", "3"]);
  const [failed] = chat.drafts("c");
  assert.deepEqual([failed.content, failed.state, failed.error?.code], ["2", "failed", "MEMBER_MUTED"]);
  s.server.answer = () => undefined;
  await chat.retry(failed.clientMsgId);
  await turns();
  assert.deepEqual(stored(s), ["1", "3", "2"]);
  assert.equal(s.server.rooms.get("c")?.messages[2].clientMsgId, failed.clientMsgId);
  assert.deepEqual(chat.drafts(), []);
});

test("one conversation does not wait for another", async () => {
  const s = setting();
  const chat = await s.signedIn();
  s.server.answer = ({ type, data }) => (type === "send-message" && data.conversationId === "c" ? null : undefined);
  chat.send("c", "stuck");
  assert.equal((await chat.send("d", "goes")).seqId, 1);
});

test("a message without an answer is sent again, and stored once", async () => {
  const s = setting();
  const chat = await s.signedIn();
  let lost = 1;
  const usual = s.server.answer;
  s.server.answer = (frame, socket) => {
    if (frame.type !== "send-message" || lost-- <= 0) return usual(frame, socket);
    s.server.write("c", "u-me", frame.data.content, { clientMsgId: frame.data.client_msg_id });
    return null;
  };
  const done = write(chat, "1", "2");
  await pass(20_000);
  await done;
  assert.deepEqual(stored(s), ["1", "2"]);
});

test("everything unacknowledged goes out in order after a break", async () => {
  const s = setting();
  const chat = await s.signedIn();
  s.server.answer = ({ type }) => (type === "send-message" ? null : undefined);
  write(chat, "1", "2");
  await turns();
  s.server.up = false;
  s.server.drop(1006);
  write(chat, "3");
  await pass(5_000);
  s.server.answer = () => undefined;
  s.server.up = true;
  await pass(30_000);
  assert.deepEqual(stored(s), ["1", "2", "3"]);
  assert.equal(await chat.unsent(), 0);
});

test("unsent messages outlive the page, and go before what is written then", async () => {
  const s = setting();
  const first = await s.signedIn();
  s.server.up = false;
  s.server.drop(1006);
  write(first, "1", "2");
  await turns();
  const keys = first.drafts().map(({ clientMsgId }) => clientMsgId);
  await closeTab(first);
  s.server.up = true;
  const second = s.tab();
  await second.restore();
  write(second, "3");
  await ready(second);
  await turns();
  assert.deepEqual(stored(s), ["1", "2", "3"]);
  assert.deepEqual(
    s.server.rooms
      .get("c")
      ?.messages.slice(0, 2)
      .map(({ clientMsgId }) => clientMsgId),
    keys,
  );
});

test("a message that was stored before its tab was closed is not sent twice, and no draft is left of it", async () => {
  const s = setting();
  const first = await s.signedIn();
  s.server.answer = ({ type, data }) => {
    if (type !== "send-message") return undefined;
    s.server.write("c", "u-me", data.content, { clientMsgId: data.client_msg_id });
    return null;
  };
  write(first, "1");
  await turns();
  await closeTab(first);
  s.server.answer = () => undefined;
  const second = s.tab();
  await second.restore();
  await ready(second);
  await second.timeline("c").load();
  await turns();
  assert.deepEqual(stored(s), ["1"]);
  assert.deepEqual(second.drafts(), []);
  assert.deepEqual(
    second.timeline("c").messages.map(({ content }) => content),
    ["1"],
  );
});

test("a closed tab's messages are sent by one that lives, a living tab's are left to it", async () => {
  install();
  const s = setting();
  const one = await s.signedIn();
  const two = s.tab();
  await two.restore();
  await ready(two);
  s.server.up = false;
  s.server.drop(1006);
  await turns();
  write(two, "1", "2");
  await turns();
  assert.equal(one.drafts().length, 0);
  assert.equal(await one.unsent(), 2);
  await closeTab(two);
  await pass(2_000);
  assert.equal(one.drafts().length, 0, "it may only have been reloaded");
  await pass(2_000);
  assert.deepEqual(
    one.drafts().map(({ content }) => content),
    ["1", "2"],
  );
  s.server.up = true;
  await pass(30_000);
  assert.deepEqual(stored(s), ["1", "2"]);
});

test("without locks tabs send the same messages, and they are stored once and in order", async () => {
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  const s = setting();
  const one = await s.signedIn();
  s.server.up = false;
  s.server.drop(1006);
  await turns();
  write(one, "1", "2", "3");
  await turns();
  const two = s.tab();
  await two.restore();
  await turns();
  assert.equal(two.drafts().length, 3);
  s.server.up = true;
  await pass(40_000);
  assert.deepEqual(stored(s), ["1", "2", "3"]);
  assert.deepEqual([one.drafts().length, two.drafts().length], [0, 0]);
});

test("signing out drops what was not sent; being signed out does not", async () => {
  const s = setting();
  const chat = await s.signedIn();
  s.server.answer = ({ type }) => (type === "send-message" ? null : undefined);
  const lost = assert.rejects(chat.send("c", "1"), { code: "SIGNED_OUT" });
  await turns();
  s.server.signIns.clear();
  s.server.drop(4401);
  await turns();
  await lost;
  assert.equal(chat.state, "signed-out");
  await signIn(chat);
  await ready(chat);
  assert.equal(await chat.unsent(), 1);
  const dropped = chat.drafts()[0].content;
  assert.equal(dropped, "1");
  await chat.signOut();
  await turns();
  await signIn(chat);
  await ready(chat);
  assert.equal(await chat.unsent(), 0);
});

test("discarding takes back what waits, not what is under way", async () => {
  const s = setting();
  const chat = await s.signedIn();
  s.server.answer = ({ type }) => (type === "send-message" ? null : undefined);
  const done = write(chat, "1", "2");
  await turns();
  const [first, second] = chat.drafts();
  await assert.rejects(chat.discard(first.clientMsgId), { code: "UNDER_WAY" });
  await chat.discard(second.clientMsgId);
  assert.deepEqual(
    chat.drafts().map(({ content }) => content),
    ["1"],
  );
  assert.equal(await chat.unsent(), 1);
  await chat.signOut();
  assert.deepEqual(
    (await done).map(({ status }) => status),
    ["rejected", "rejected"],
  );
});

test("the outbox has a bound", async () => {
  const s = setting();
  const chat = await s.signedIn();
  chat.disconnect();
  for (let count = 0; count < 1_000; count += 1) chat.send("c", "x");
  await assert.rejects(chat.send("c", "one more"), { code: "OUTBOX_FULL" });
});

test("where IndexedDB fails, messages live as long as the page", async () => {
  const s = setting();
  const open = indexedDB.open;
  indexedDB.open = () => {
    throw new DOMException("not here", "SecurityError");
  };
  try {
    const chat = await s.signedIn();
    assert.equal((await chat.send("c", "1")).seqId, 1);
  } finally {
    indexedDB.open = open;
  }
});

test("what the server would close the connection for is refused here", async () => {
  const s = setting();
  const chat = await s.signedIn();
  const [large] = await write(chat, "\u0001".repeat(20_000), "small");
  assert.equal(large.status === "rejected" && large.reason.code, "MESSAGE_TOO_LARGE");
  assert.deepEqual([stored(s), chat.state], [["small"], "connected"]);
});

test("a conversation that is gone takes its unsent messages along", async () => {
  const s = setting();
  const chat = await s.signedIn();
  s.server.answer = ({ type }) => (type === "send-message" ? null : undefined);
  const done = write(chat, "1", "2");
  await turns();
  s.server.tell("conversation-deleted", { conversationId: "c" });
  assert.deepEqual(
    (await done).map((one) => one.status === "rejected" && one.reason.code),
    ["CONVERSATION_NOT_FOUND", "CONVERSATION_NOT_FOUND"],
  );
  await turns();
  assert.deepEqual([chat.drafts(), await chat.unsent()], [[], 0]);
});
