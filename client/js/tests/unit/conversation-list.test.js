import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { begin, end, pass, ready, record, Setting, turns } from "./setting.js";

beforeEach(begin);
afterEach(end);

async function withRooms() {
  const setting = new Setting();
  const { server } = setting;
  server.room("group");
  server.write("group", "u-other", "1");
  server.room("single", { type: 1 });
  server.write("single", "u-other", "1");
  server.write("single", "u-other", "2");
  const chat = await setting.signedIn();
  return { setting, server, chat, list: chat.conversations, ids: () => chat.conversations.items.map(({ id }) => id) };
}

test("unread messages are counted, the newest activity stands first", async () => {
  const { server, list, ids } = await withRooms();
  assert.deepEqual([list.loaded, ids(), list.unreadTotal], [true, ["single", "group"], 3]);
  server.say("group", "u-other", "2");
  server.say("group", "u-other", "3");
  assert.deepEqual([ids(), list.get("group")?.unreadCount, list.unreadTotal], [["group", "single"], 3, 5]);
  assert.equal(list.get("group")?.lastMessage?.content, "3");
});

test("one change event for all that came at once, after the change", async () => {
  const { server, list, chat } = await withRooms();
  /** @type {any[]} */
  const changes = [];
  list.addEventListener("change", ({ detail }) => changes.push(detail));
  chat.addEventListener("message", ({ detail }) => {
    assert.equal(list.get(detail.message.conversationId)?.lastMessage?.seqId, detail.message.seqId);
  });
  server.say("group", "u-other", "2");
  server.say("group", "u-other", "3");
  server.say("single", "u-other", "3");
  await turns();
  assert.deepEqual(changes, [{ ids: ["group", "single"] }]);
});

test("reading lowers the count at once; so does reading elsewhere, and writing", async () => {
  const { server, list, chat } = await withRooms();
  chat.markRead("single", 1);
  chat.markRead("single", 2);
  assert.equal(list.get("single")?.unreadCount, 0);
  await pass(500);
  assert.deepEqual(server.sent("mark-read"), [{ conversationId: "single", seqId: 2 }]);
  server.tell("read-receipt", { conversationId: "group", userId: "u-me", seqId: 1 });
  assert.equal(list.unreadTotal, 0);
  server.say("group", "u-other", "2");
  assert.equal(list.unreadTotal, 1);
  await chat.send("group", "3");
  assert.equal(list.unreadTotal, 0);
});

test("presence dots", async () => {
  const { server, list, chat } = await withRooms();
  const told = record(chat, "presence");
  server.tell("online-status", { userId: "u-other", status: "online" });
  assert.deepEqual([list.isOnline("u-other"), list.get("single")?.peer?.online], [true, true]);
  server.tell("online-status", { userId: "u-other", status: "online" });
  assert.deepEqual(told, [{ userId: "u-other", online: true }]);
  server.drop(1006);
  await pass(10_000);
  assert.equal(list.isOnline("u-other"), false, "the new session was not told of them");
});

test("members come and go, groups are renamed and deleted", async () => {
  const { server, list, chat } = await withRooms();
  const changed = record(chat, "conversation-changed");
  server.tell("member-added", { conversationId: "group", userIds: ["u9"], operatorId: "u-other" });
  assert.equal(list.get("group")?.memberCount, 3);
  const room = /** @type {any} */ (server.rooms.get("group"));
  room.name = "renamed";
  server.tell("conversation-updated", {
    conversation: { ...server.shown(room, "u-me"), unreadCount: 0, lastMessage: null },
  });
  assert.deepEqual([list.get("group")?.name, list.get("group")?.unreadCount], ["renamed", 1]);
  server.tell("member-removed", { conversationId: "group", userIds: ["u-me"], operatorId: "u-other" });
  assert.equal(list.get("group"), undefined);
  server.tell("conversation-deleted", { conversationId: "single" });
  assert.deepEqual(list.items, []);
  assert.deepEqual(
    changed.map(({ kind }) => kind),
    ["members", "updated", "deleted", "deleted"],
  );
});

test("a new conversation turns up with its first message", async () => {
  const { server, list, chat } = await withRooms();
  const got = record(chat, "message");
  server.room("new");
  server.say("new", "u-other", "first");
  await pass(500);
  assert.deepEqual([list.get("new")?.unreadCount, got.map(({ message }) => message.content)], [1, ["first"]]);
});

test("a long list is read by pages", async () => {
  const setting = new Setting();
  for (let count = 0; count < 250; count += 1) setting.server.room(`c${count}`);
  const chat = await setting.signedIn();
  assert.equal(chat.conversations.items.length, 250);
  assert.equal(setting.server.calls.filter((call) => call === "GET /conversations").length, 3);
});

test("what was hidden elsewhere while this tab was away is gone", async () => {
  const { server, chat, ids } = await withRooms();
  server.up = false;
  server.drop(1006);
  /** @type {any} */ (server.rooms.get("single")).hidden = true;
  await pass(1_000);
  server.up = true;
  await pass(10_000);
  await ready(chat);
  assert.deepEqual(ids(), ["group"]);
});
