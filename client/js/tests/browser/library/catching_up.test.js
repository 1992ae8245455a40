// What was missed is got, what came twice is told once, and in the order of the conversation.

import assert from "node:assert/strict";
import { tap } from "../harness/frames.js";
import { pushToUsers } from "../harness/pusher.js";
import { scene } from "../harness/stage.js";
import { eventually } from "../harness/wait.js";

/** @param {import("../harness/plain.js").Plain} plain @param {string} id @param {string[]} texts */
async function hears(plain, id, texts) {
  await eventually(assert.deepEqual, () => plain.heard(id), texts);
}

scene("a message that was lost on the way is noticed by the next one, and told before it", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const id = await ann.singleWith(bob);
  const within = await stage.context(bob.username);
  const tapped = await tap(within.context);
  const plain = await stage.plain(bob, { within });
  await ann.send(id, "one");
  await hears(plain, id, ["one"]);
  tapped.lose((frame) => frame.type === "new-message" && ["two", "three"].includes(frame.data.content));
  await ann.send(id, "two");
  await ann.send(id, "three");
  await ann.send(id, "four");
  // Also in the answer to sync, so that a client that asks only once is found out.
  await hears(plain, id, ["one"]);
  tapped.loseNothing();
  await ann.send(id, "five");
  await hears(plain, id, ["one", "two", "three", "four", "five"]);
  assert.equal(tapped.sockets, 1);
});

scene("a break: messages, recalls and conversations that are gone are all made good", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const single = await ann.singleWith(bob);
  const group = await ann.group("soon gone", [bob]);
  const kicked = await ann.group("bob leaves it", [bob]);
  const recalled = await ann.send(single, "to be recalled");
  await ann.send(kicked, "hello");
  const plain = await stage.plain(bob);
  await plain.run((chat, id) => chat.timeline(id).load(), single);
  await plain.until(
    (chat, ids) => ids.every((/** @type {string} */ id) => chat.conversations.get(id)),
    [single, group, kicked],
  );

  await plain.run((chat) => chat.disconnect());
  for (let count = 1; count <= 250; count += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, index) => ann.send(single, `number ${count + index}`)));
  }
  await ann.call("DELETE", `/conversations/${single}/messages/${recalled.id}`);
  await ann.call("DELETE", `/conversations/${group}`);
  await ann.call("DELETE", `/conversations/${kicked}/members/${bob.id}`);
  const later = await ann.group("made meanwhile", [bob]);

  await plain.run((chat) => chat.connect());
  await plain.run((chat) => chat.ready());
  await plain.until(
    (_chat, id, seen) => seen.filter((e) => e.event === "message" && e.message.conversationId === id).length === 250,
    single,
  );
  const seqs = (await plain.seen("message"))
    .filter((e) => e.message.conversationId === single)
    .map((e) => e.message.seqId);
  assert.deepEqual(
    seqs,
    Array.from({ length: 250 }, (_, index) => index + 2),
  );
  await plain.until((_chat, id, seen) => seen.some((e) => e.event === "recalled" && e.messageId === id), recalled.id);
  await plain.until(
    (chat, ids) => ids.every((/** @type {string} */ id) => !chat.conversations.get(id)),
    [group, kicked],
  );
  await plain.until((chat, id) => chat.conversations.get(id), later);

  const rows = await plain.run(
    (chat, id) => chat.timeline(id).messages.map((/** @type {any} */ m) => [m.seqId, m.deleted]),
    single,
  );
  assert.deepEqual(rows[0], [1, true]);
  assert.deepEqual(
    rows.map((/** @type {any} */ row) => row[0]),
    Array.from({ length: 251 }, (_, index) => index + 1),
  );
});

scene("pages of history: contiguous from the first that was loaded, each message once", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const id = await ann.singleWith(bob);
  for (let count = 0; count < 120; count += 1) await ann.send(id, `number ${count + 1}`);
  const plain = await stage.plain(bob);
  const seqs = () => plain.run((chat, id) => chat.timeline(id).messages.map((/** @type {any} */ m) => m.seqId), id);
  await plain.run((chat, id) => chat.timeline(id).load(), id);
  assert.equal((await seqs()).at(-1), 120);
  await plain.run(async (chat, id) => {
    const timeline = chat.timeline(id);
    // Both at once: one page.
    await Promise.all([timeline.loadOlder(20), timeline.loadOlder(20)]);
  }, id);
  const found = await plain.run((chat, id) => chat.timeline(id).find(3), id);
  assert.equal(found.content, "number 3");
  const all = await seqs();
  assert.deepEqual(
    all,
    Array.from({ length: all.length }, (_, index) => index + all[0]),
  );
  while (await plain.run((chat, id) => chat.timeline(id).hasOlder, id))
    await plain.run((chat, id) => chat.timeline(id).loadOlder(), id);
  assert.equal((await seqs()).length, 120);
});

scene("a push comes to the page, and the same push again does not", async (stage) => {
  const ann = await stage.register("ann");
  const plain = await stage.plain(ann);
  await pushToUsers(stage.place, [ann.id], "notification", { text: "your build is done" }, "build-7");
  await pushToUsers(stage.place, [ann.id], "notification", { text: "your build is done" }, "build-7");
  await pushToUsers(stage.place, [ann.id], "deploy.done", { text: "last" });
  await plain.until((_chat, _argument, seen) => seen.some((e) => e.event === "push" && e.data.text === "last"));
  const pushes = (await plain.seen("push")).map((event) => [event.data.text, event.pushId]);
  assert.deepEqual(pushes[0], ["your build is done", "build-7"]);
  assert.equal(pushes.length, 2);
});

scene("signals: typing, reading, delivery and presence reach the other side", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const id = await ann.singleWith(bob);
  await ann.send(id, "hello");
  const [a, b] = [await stage.plain(ann), await stage.plain(bob)];
  await a.run((chat, id) => chat.timeline(id).load(), id);
  await a.until((chat, id) => chat.conversations.isOnline(id), bob.id);
  await b.run((chat, id) => chat.typing(id), id);
  await a.until((chat, [id, bob]) => chat.timeline(id).typing.includes(bob), [id, bob.id]);
  // It ends by itself.
  await a.until((chat, id) => chat.timeline(id).typing.length === 0, id);
  await b.run((chat, id) => chat.markRead(id, 1), id);
  await a.until((chat, [id, bob]) => chat.timeline(id).readBy.get(bob) === 1, [id, bob.id]);
  await a.run((chat, id) => chat.send(id, "are you there?"), id);
  await a.until((chat, id) => chat.timeline(id).deliveredSeq === 2, id);
  await b.until((chat, id) => chat.conversations.get(id).unreadCount === 1, id);
  await b.page.close();
  await a.until((chat, id) => !chat.conversations.isOnline(id), bob.id, 20_000);
});

scene("requests are answered, refused with a reason, or run out of time", async (stage) => {
  const ann = await stage.register("ann");
  const within = await stage.context(ann.username);
  within.problems.expect(/status of 404/);
  const tapped = await tap(within.context);
  const plain = await stage.plain(ann, { within });
  await plain.run((chat) => chat.request("ping"));
  assert.equal(
    await plain.failure((chat) => chat.request("mark-read", { conversationId: "none", seqId: 1 })),
    "CONVERSATION_NOT_FOUND",
  );
  assert.equal(await plain.failure((chat) => chat.getConversation("none")), "CONVERSATION_NOT_FOUND");
  tapped.lose((frame) => frame.type === "pong");
  assert.equal(await plain.failure((chat) => chat.request("ping", {}, { timeout: 300 })), "TIMEOUT");
});

scene("events are also an async iterator", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const id = await ann.singleWith(bob);
  const plain = await stage.plain(bob);
  await plain.run((chat) => {
    const page = /** @type {any} */ (window);
    page.iterated = [];
    (async () => {
      for await (const { message } of chat.events("message")) {
        page.iterated.push(message.content);
        if (message.content === "stop") break;
      }
      page.iterated.push("ended");
    })();
  });
  for (const text of ["one", "two", "stop", "after"]) await ann.send(id, text);
  await hears(plain, id, ["one", "two", "stop", "after"]);
  assert.deepEqual(await plain.run(() => /** @type {any} */ (window).iterated), ["one", "two", "stop", "ended"]);
});
