import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { refused } from "./fake-server.js";
import { begin, end, pass, ready, record, Setting, turns } from "./setting.js";

beforeEach(begin);
afterEach(end);

async function inRoom(messages = 3) {
  const setting = new Setting();
  setting.server.room("c");
  for (let count = 1; count <= messages; count += 1) setting.server.write("c", "u-other", `old ${count}`);
  const chat = await setting.signedIn();
  const got = record(chat, "message");
  return { setting, server: setting.server, chat, texts: () => got.map(({ message }) => message.content) };
}

test("messages are told once and in order, whatever comes early or twice", async () => {
  const { server, texts } = await inRoom();
  const late = server.write("c", "u-other", "4");
  const early = server.say("c", "u-other", "5");
  await turns();
  assert.deepEqual(texts(), []);
  server.tell("new-message", late);
  server.tell("new-message", early);
  server.tell("new-message", late);
  await pass(2_000);
  assert.deepEqual(texts(), ["4", "5"]);
  assert.equal(server.sent("sync").length, 1, "nothing had to be asked for");
});

test("a gap that stays is filled by a sync", async () => {
  const { server, texts } = await inRoom();
  server.write("c", "u-other", "4");
  server.say("c", "u-other", "5");
  await pass(250);
  assert.deepEqual(texts(), []);
  await pass(250);
  assert.deepEqual(texts(), ["4", "5"]);
  assert.deepEqual(server.sent("sync").at(-1), {
    conversations: { c: { seq: 3, change: 0 } },
    limit: 500,
    partial: true,
  });
});

test("what was missed during a break is told, recalls too", async () => {
  const { server, chat, texts } = await inRoom();
  await chat.timeline("c").load();
  const recalled = record(chat, "recalled");
  server.up = false;
  server.drop(1006);
  for (let count = 1; count <= 1_200; count += 1) server.write("c", "u-other", `${count}`);
  const room = /** @type {any} */ (server.rooms.get("c"));
  room.change = 1;
  room.recalls.push({ conversationId: "c", messageId: "c.2", seqId: 2, operatorId: "u-other", change: 1 });
  await pass(3_000);
  server.up = true;
  await pass(10_000);
  assert.equal(chat.state, "connected");
  assert.deepEqual(
    texts(),
    Array.from({ length: 1_200 }, (_, index) => `${index + 1}`),
  );
  assert.deepEqual(
    recalled.map(({ seqId }) => seqId),
    [2],
  );
  const { messages } = chat.timeline("c");
  assert.equal(messages.length, 1_203);
  assert.deepEqual([messages[1].deleted, messages[1].content], [true, ""]);
});

test("who missed too much goes on with the newest page", async () => {
  const { server, chat, texts } = await inRoom();
  await chat.timeline("c").load();
  server.drop(1006);
  for (let count = 1; count <= 6_000; count += 1) server.write("c", "u-other", `${count}`);
  await pass(10_000);
  const { messages, hasOlder } = chat.timeline("c");
  assert.ok(texts().length <= 500, `${texts().length}`);
  assert.deepEqual([messages.at(-1)?.content, hasOlder], ["6000", true]);
  server.say("c", "u-other", "live");
  assert.equal(texts().at(-1), "live");
});

test("a conversation that is gone is dropped, and a new one is learned of", async () => {
  const { server, chat, texts } = await inRoom();
  const changed = record(chat, "conversation-changed");
  server.up = false;
  server.drop(1006);
  /** @type {any} */ (server.rooms.get("c")).members = [];
  server.room("new");
  server.write("new", "u-other", "hello");
  await pass(2_000);
  server.up = true;
  await pass(10_000);
  assert.equal(chat.conversations.get("c"), undefined);
  assert.deepEqual(changed, [{ conversationId: "c", kind: "deleted" }]);
  assert.deepEqual([chat.conversations.get("new")?.unreadCount, texts()], [1, ["hello"]]);
});

test("`resync` is heeded within two seconds", async () => {
  mock.method(Math, "random", () => 0.5);
  const { server, texts } = await inRoom();
  server.write("c", "u-other", "4");
  server.tell("resync", { conversations: ["c"] });
  await pass(750);
  assert.deepEqual(texts(), []);
  await pass(500);
  assert.deepEqual(texts(), ["4"]);
  server.write("c", "u-other", "5");
  server.tell("resync", {});
  await pass(1_250);
  assert.deepEqual(texts(), ["4", "5"]);
});

test("a sync that fails for now is asked again, and `ready` waits for it", async () => {
  const setting = new Setting();
  setting.server.room("c");
  let failures = 3;
  setting.server.answer = ({ type }) =>
    type === "sync" && failures-- > 0 ? refused("SERVICE_UNAVAILABLE") : undefined;
  const chat = setting.tab();
  await chat.signIn("me", "password");
  let caughtUp = false;
  chat.ready().then(() => {
    caughtUp = true;
  });
  await turns();
  assert.deepEqual([chat.state, caughtUp], ["connected", false]);
  await pass(20_000);
  assert.equal(caughtUp, true);
});

test("an acknowledgement counts as seen, and waits behind what is on its way", async () => {
  const { setting, server, chat, texts } = await inRoom();
  const timeline = chat.timeline("c");
  await timeline.load();
  const before = server.write("c", "u-other", "4");
  const sent = await chat.send("c", "mine");
  assert.equal(sent.seqId, 5);
  assert.deepEqual(
    timeline.drafts.map(({ content }) => content),
    ["mine"],
    "it stays in sight",
  );
  server.tell("new-message", before);
  await turns();
  assert.deepEqual(
    timeline.messages.slice(-2).map(({ content }) => content),
    ["4", "mine"],
  );
  assert.deepEqual([timeline.drafts, texts()], [[], ["4"]]);
  assert.equal(setting.server.sent("sync").length, 1);
});

test("a recall that comes before its message leaves a tombstone, and is told once", async () => {
  const { server, chat } = await inRoom();
  await chat.timeline("c").load();
  const recalled = record(chat, "recalled");
  const recall = { conversationId: "c", messageId: "c.4", seqId: 4, operatorId: "u-other", change: 1 };
  server.tell("message-recalled", recall);
  server.say("c", "u-other", "secret");
  server.tell("message-recalled", recall);
  const last = chat.timeline("c").messages.at(-1);
  assert.deepEqual([last?.seqId, last?.deleted, last?.content], [4, true, ""]);
  assert.equal(recalled.length, 1);
});

test("a recall out of turn does not count as all before it", async () => {
  const { server } = await inRoom();
  server.tell("message-recalled", {
    conversationId: "c",
    messageId: "c.2",
    seqId: 2,
    operatorId: "u-other",
    change: 2,
  });
  await pass(500);
  assert.deepEqual(server.sent("sync").at(-1)?.conversations, { c: { seq: 3, change: 0 } });
});

test("a push is told once", async () => {
  const { server, chat } = await inRoom(0);
  const pushes = record(chat, "push");
  server.tell("notification", { text: "hi" }, { pushId: "p1" });
  server.tell("notification", { text: "hi" }, { pushId: "p1" });
  server.tell("notification", { text: "ho" });
  assert.deepEqual(
    pushes.map(({ data, pushId }) => [data.text, pushId]),
    [
      ["hi", "p1"],
      ["ho", undefined],
    ],
  );
});

test("events are read as an iterator too", async () => {
  const { server, chat } = await inRoom(0);
  const stop = new AbortController();
  const read = (async () => {
    const texts = [];
    for await (const { message } of chat.events("message", { signal: stop.signal })) texts.push(message.content);
    return texts;
  })();
  server.say("c", "u-other", "1");
  server.say("c", "u-other", "2");
  await turns();
  stop.abort();
  assert.deepEqual(await read, ["1", "2"]);
  await ready(chat);
});
