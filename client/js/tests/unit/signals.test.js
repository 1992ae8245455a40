import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { refused } from "./fake-server.js";
import { begin, end, pass, Setting, turns } from "./setting.js";

beforeEach(begin);
afterEach(end);

/** @param {(frame: any) => any} [answer] */
async function inSingle(answer = () => undefined) {
  const setting = new Setting();
  setting.server.room("c", { type: 1 });
  setting.server.room("group");
  setting.server.answer = answer;
  const chat = await setting.signedIn();
  return { setting, server: setting.server, chat };
}

test("typing is spaced out, and ends by itself", async () => {
  const { server, chat } = await inSingle();
  const types = () => server.frames.map(({ type }) => type).filter((type) => type.includes("typing"));
  for (let keys = 0; keys < 14; keys += 1) {
    chat.typing("c");
    await pass(500);
  }
  assert.deepEqual(types(), ["typing", "typing", "typing"]);
  await pass(5_000);
  assert.deepEqual(types(), ["typing", "typing", "typing", "stop-typing"]);
  chat.typing("c");
  await chat.send("c", "done");
  await pass(10_000);
  assert.deepEqual(types().slice(4), ["typing", "stop-typing"]);
  chat.typing("c", false);
  assert.equal(types().length, 6);
});

test("reading is told once for all, and again after a break or a refusal", async () => {
  let refusals = 1;
  const { server, chat } = await inSingle(({ type }) =>
    type === "mark-read" && refusals-- > 0 ? refused("SERVICE_UNAVAILABLE") : undefined,
  );
  for (let count = 1; count <= 5; count += 1) {
    server.say("c", "u-other", `${count}`);
    chat.markRead("c", count);
  }
  await pass(500);
  await pass(3_000);
  assert.deepEqual(
    server.sent("mark-read").map(({ seqId }) => seqId),
    [5, 5],
  );
  server.say("c", "u-other", "6");
  server.drop(1006);
  chat.markRead("c", 6);
  await pass(5_000);
  assert.deepEqual(
    server.sent("mark-read").map(({ seqId }) => seqId),
    [5, 5, 6],
  );
});

test("what arrived is told in SINGLEs, the highest of what came together", async () => {
  const { server } = await inSingle(({ type }) => (type === "mark-delivered" ? null : undefined));
  for (let count = 1; count <= 5; count += 1) server.say("c", "u-other", `${count}`);
  server.say("group", "u-other", "hello");
  await pass(500);
  assert.deepEqual(server.sent("mark-delivered"), [{ conversationId: "c", seqId: 5 }]);
  await pass(60_000);
  assert.equal(server.sent("mark-delivered").length, 1, "nobody answers it");
});

test("who was away when it was told hears of it when they come", async () => {
  const { server } = await inSingle(({ type }) => (type === "mark-delivered" ? null : undefined));
  server.say("c", "u-other", "1");
  await pass(500);
  server.tell("online-status", { userId: "u-other", status: "online" });
  await pass(500);
  assert.deepEqual(
    server.sent("mark-delivered").map(({ seqId }) => seqId),
    [1, 1],
  );
});

test("a server that does not know delivery receipts is spared them, for that session", async () => {
  const { server } = await inSingle(({ type }) =>
    type === "mark-delivered" ? refused("INVALID_PARAMETER") : undefined,
  );
  for (let count = 1; count <= 20; count += 1) {
    server.say("c", "u-other", `${count}`);
    await pass(500);
  }
  assert.equal(server.sent("mark-delivered").length, 1);
  server.drop(1012);
  await pass(3_000);
  server.say("c", "u-other", "21");
  await pass(500);
  await turns();
  assert.equal(server.sent("mark-delivered").length, 2);
});

test("what came while no device was there is told at the start", async () => {
  const setting = new Setting();
  setting.server.room("c", { type: 1 });
  setting.server.write("c", "u-other", "1");
  await setting.signedIn();
  await pass(500);
  assert.deepEqual(setting.server.sent("mark-delivered"), [{ conversationId: "c", seqId: 1 }]);
});
