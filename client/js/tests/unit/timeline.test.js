import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { failure } from "./fake-server.js";
import { begin, end, pass, Setting, turns } from "./setting.js";

beforeEach(begin);
afterEach(end);

/** @param {number} count @param {object} [more] */
async function withHistory(count, more = {}) {
  const setting = new Setting();
  setting.server.room("c", more);
  for (let written = 1; written <= count; written += 1) setting.server.write("c", "u-other", `${written}`);
  const chat = await setting.signedIn();
  const timeline = chat.timeline("c");
  /** @type {string[]} */
  const changes = [];
  timeline.addEventListener("change", ({ detail }) => changes.push(detail.kind));
  return { setting, server: setting.server, chat, timeline, changes };
}

/** @param {{ messages: readonly { seqId: number }[] }} timeline */
function range({ messages }) {
  for (const [index, message] of messages.entries())
    assert.equal(message.seqId, messages[0].seqId + index, "there is a hole");
  return [messages[0]?.seqId, messages.at(-1)?.seqId];
}

test("the newest page, then older ones to the beginning", async () => {
  const { timeline, changes, chat } = await withHistory(320);
  assert.equal(chat.timeline("c"), timeline);
  assert.deepEqual([timeline.loaded, timeline.messages.length], [false, 0]);
  await Promise.all([timeline.load(), timeline.load()]);
  assert.deepEqual([range(timeline), timeline.hasOlder], [[271, 320], true]);
  await Promise.all([timeline.loadOlder(), timeline.loadOlder()]);
  assert.deepEqual(range(timeline), [221, 320]);
  await timeline.loadOlder(1_000);
  await timeline.loadOlder();
  assert.deepEqual([range(timeline), timeline.hasOlder], [[1, 320], false]);
  await turns();
  assert.deepEqual(changes, ["reset", "update", "older", "older", "older"]);
});

test("a message is found by its seq", async () => {
  const { timeline } = await withHistory(700);
  assert.equal((await timeline.find(3))?.content, "3");
  assert.equal(await timeline.find(701), undefined);
  assert.equal(await timeline.find(0), undefined);
});

test("what comes while the page is read is not lost, and not doubled", async () => {
  const { server, timeline } = await withHistory(10);
  const loading = timeline.load();
  server.say("c", "u-other", "11");
  server.say("c", "u-other", "12");
  await loading;
  await turns();
  assert.deepEqual(range(timeline), [1, 12]);
});

test("a page that is older than what came meanwhile is completed", async () => {
  const { server, timeline } = await withHistory(10);
  const page = { messages: [...(server.rooms.get("c")?.messages ?? [])].reverse(), hasMore: false, nextCursor: null };
  server.instead.set("GET /conversations/c/messages", () => {
    server.instead.clear();
    return page;
  });
  server.say("c", "u-other", "11");
  const loading = timeline.load();
  server.say("c", "u-other", "12");
  await loading;
  await turns();
  assert.deepEqual(range(timeline), [1, 12]);
});

test("a recall that overtakes its page is not undone by it", async () => {
  const { server, timeline } = await withHistory(60);
  await timeline.load();
  const older = server.rooms
    .get("c")
    ?.messages.slice(0, 10)
    .map((message) => ({ ...message }));
  server.instead.set("GET /conversations/c/messages", () => ({
    messages: older?.reverse(),
    hasMore: false,
    nextCursor: null,
  }));
  const loading = timeline.loadOlder();
  server.tell("message-recalled", {
    conversationId: "c",
    messageId: "c.4",
    seqId: 4,
    operatorId: "u-other",
    change: 1,
  });
  await loading;
  assert.deepEqual([timeline.messages[3].deleted, timeline.messages[3].content], [true, ""]);
});

test("opening during a restart waits, and a conversation that is not there is an error", async () => {
  const { server, chat, timeline } = await withHistory(3);
  let failures = 2;
  server.instead.set("GET /conversations/c/messages", () =>
    failures-- > 0 ? failure(503, "SERVICE_UNAVAILABLE") : undefined,
  );
  const loading = timeline.load();
  await pass(5_000);
  await loading;
  assert.deepEqual(range(timeline), [1, 3]);
  await assert.rejects(chat.timeline("none").load(), { code: "CONVERSATION_NOT_FOUND" });
});

test("who has read, got and writes", async () => {
  const { server, chat, timeline, changes } = await withHistory(0, { type: 1 });
  await chat.send("c", "1");
  await chat.send("c", "2");
  await timeline.load();
  assert.deepEqual([[...timeline.readBy], timeline.deliveredSeq], [[], 0]);
  server.tell("delivery-receipt", { conversationId: "c", userId: "u-other", seqId: 2 });
  assert.equal(timeline.deliveredSeq, 2);
  server.tell("read-receipt", { conversationId: "c", userId: "u-other", seqId: 1 });
  assert.deepEqual([...timeline.readBy], [["u-other", 1]]);
  server.tell("typing-indicator", { conversationId: "c", userId: "u-other", typing: true });
  assert.deepEqual(timeline.typing, ["u-other"]);
  await turns();
  changes.length = 0;
  await pass(8_000);
  assert.deepEqual([timeline.typing, changes], [[], ["update"]]);
  server.tell("typing-indicator", { conversationId: "c", userId: "u-other", typing: true });
  server.say("c", "u-other", "3");
  assert.deepEqual([timeline.typing, timeline.deliveredSeq, [...timeline.readBy]], [[], 3, [["u-other", 3]]]);
});

test("what the other user got is remembered over reloads", async () => {
  const { setting, server, chat, timeline } = await withHistory(0, { type: 1 });
  await chat.send("c", "1");
  await timeline.load();
  server.tell("delivery-receipt", { conversationId: "c", userId: "u-other", seqId: 1 });
  await pass(2_000);
  const again = setting.tab();
  await again.restore();
  await turns();
  const later = again.timeline("c");
  await later.load();
  assert.equal(later.deliveredSeq, 1);
});

test("many messages at once are one event, and each is cheap in a long history", async () => {
  const { server, timeline, changes } = await withHistory(10_000);
  await timeline.load();
  while (timeline.hasOlder) await timeline.loadOlder(200);
  await turns();
  changes.length = 0;
  const messages = Array.from({ length: 1_000 }, (_, index) => server.write("c", "u-other", `live ${index}`));
  const socket = server.sockets[0];
  const frames = messages.map((data) => ({ type: "new-message", data, timestamp: 1 }));
  const before = process.cpuUsage();
  for (const frame of frames) socket.receive(frame);
  const { user } = process.cpuUsage(before);
  await turns();
  assert.deepEqual(range(timeline), [1, 11_000]);
  assert.deepEqual(changes, ["newer"]);
  assert.ok(user < 500_000, `1,000 messages took ${user} µs`);
});

test("conversations that were not looked at for long let go of their messages", async () => {
  const setting = new Setting();
  for (let count = 0; count < 35; count += 1) {
    setting.server.room(`c${count}`);
    setting.server.write(`c${count}`, "u-other", "hello");
  }
  const chat = await setting.signedIn();
  for (let count = 0; count < 35; count += 1) {
    await chat.timeline(`c${count}`).load();
    await pass(10);
  }
  assert.equal(chat.timeline("c0").loaded, false);
  assert.equal(chat.timeline("c34").loaded, true);
  await chat.timeline("c0").load();
  assert.equal(chat.timeline("c0").messages.length, 1);
});
