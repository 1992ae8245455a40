// What was written is sent: once, in order, whatever happens to the page.

import assert from "node:assert/strict";
import { whileAway } from "../harness/browser.js";
import { tap } from "../harness/frames.js";
import { scene } from "../harness/stage.js";
import { eventually, wait } from "../harness/wait.js";

/** @param {any[]} messages */
const contents = (messages) => messages.map((message) => message.content);
const ten = Array.from({ length: 10 }, (_, index) => `message ${index + 1}`);

scene("messages written without a network outlive a reload, and go out under their first keys", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const id = await ann.singleWith(bob);
  const plain = await stage.plain(ann, { problems: whileAway });
  await plain.run((chat) => chat.disconnect());
  await plain.write(id, ...ten);
  await plain.until(async (chat) => (await chat.unsent()) === 10);
  const keys = await plain.run((chat) => chat.drafts().map((/** @type {any} */ draft) => draft.clientMsgId));

  await plain.reload();
  await plain.until(async (chat) => (await chat.unsent()) === 0);
  const history = await bob.history(id);
  assert.deepEqual(contents(history), ten);
  assert.deepEqual(
    history.map((message) => message.clientMsgId),
    keys,
  );
});

scene(
  "a message whose acknowledgement was lost is sent again under the same key, and stands there once",
  async (stage) => {
    const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
    const id = await ann.singleWith(bob);
    const within = await stage.context(ann.username);
    const tapped = await tap(within.context);
    const plain = await stage.plain(ann, { within });
    tapped.lose((frame) => frame.type === "message-ack");
    await plain.write(id, "one", "two", "three");
    await eventually(assert.deepEqual, async () => contents(await bob.history(id)).slice(0, 1), ["one"]);
    tapped.loseNothing();
    await tapped.close(1012);
    await plain.until(async (chat) => (await chat.unsent()) === 0);
    assert.deepEqual(contents(await bob.history(id)), ["one", "two", "three"]);
    const first = tapped.sent.filter((frame) => frame.type === "send-message" && frame.data.content === "one");
    assert.ok(first.length >= 2);
    assert.equal(new Set(first.map((frame) => frame.data.client_msg_id)).size, 1);
  },
);

scene("a page that is killed while it sends loses nothing and doubles nothing", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const id = await ann.singleWith(bob);
  const plain = await stage.plain(ann);
  /** @type {string[]} */
  const written = [];
  for (let round = 0; round < 4; round += 1) {
    const texts = ten.map((text) => `${round}: ${text}`);
    await plain.write(id, ...texts);
    await plain.until(async (chat) => (await chat.drafts().length) > 0 || (await chat.unsent()) === 0);
    written.push(...texts);
    await plain.reload();
  }
  await plain.until(async (chat) => (await chat.unsent()) === 0);
  assert.deepEqual(contents(await bob.history(id)), written);
});

scene("what is refused for good fails, and is retried or discarded by whoever wrote it", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const id = await bob.group("a group", [ann]);
  const plain = await stage.plain(ann);
  await bob.call("PUT", `/conversations/${id}/members/${ann.id}`, { muted: true });
  assert.equal(await plain.failure((chat, id) => chat.send(id, "may I?"), id), "MEMBER_MUTED");
  assert.equal(await plain.failure((chat, id) => chat.send(id, "x".repeat(40_000)), id), "MESSAGE_TOO_LARGE");
  const failed = await plain.run((chat) => chat.drafts());
  assert.deepEqual(
    failed.map((/** @type {any} */ draft) => draft.state),
    ["failed", "failed"],
  );
  await plain.reload();
  await plain.until((chat) => chat.drafts().length === 2);

  await bob.call("PUT", `/conversations/${id}/members/${ann.id}`, { muted: false });
  await plain.run((chat, key) => chat.discard(key), failed[1].clientMsgId);
  await plain.run((chat, key) => chat.retry(key), failed[0].clientMsgId);
  await plain.until((chat) => chat.drafts().length === 0);
  const last = (await bob.history(id)).at(-1);
  assert.equal(last.content, "may I?");
  assert.equal(last.clientMsgId, failed[0].clientMsgId);
});

scene("states of a message: waiting, sending, then it is a message", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const id = await ann.singleWith(bob);
  const plain = await stage.plain(ann);
  const sent = await plain.run((chat, id) => chat.send(id, "hello", { extra: { mood: "good" } }), id);
  assert.equal(sent.seqId, 1);
  assert.deepEqual(JSON.parse(sent.extra), { mood: "good" });
  const states = (await plain.seen("outbox")).map((event) => (event.sent ? "sent" : event.draft.state));
  assert.deepEqual([...new Set(states)].at(-1), "sent");
  assert.ok(states.includes("sending"), `states: ${states}`);
  const reply = await plain.run((chat, [id, to]) => chat.send(id, "to myself", { replyTo: to }), [id, sent]);
  assert.ok(reply.extra.includes(sent.id));
});

scene(
  "what a closed tab had not sent is sent by the other tab, exactly once",
  async (stage) => {
    const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
    const id = await ann.singleWith(bob);
    const first = await stage.plain(ann, { problems: whileAway });
    const second = await first.tab();
    await stage.cluster.kill("gateway");
    await first.until((chat) => chat.state !== "connected");
    await first.write(id, ...ten);
    await first.until(async (chat) => (await chat.unsent()) === 10);
    await first.page.close();
    stage.cluster.run("gateway");
    await second.until(async (chat) => (await chat.unsent()) === 0, null, 30_000);
    assert.deepEqual(contents(await bob.history(id)), ten);
  },
  { own: true },
);

scene("two tabs that write at once do not send each other's messages twice", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const id = await ann.singleWith(bob);
  const first = await stage.plain(ann);
  const second = await first.tab();
  await Promise.all([
    first.write(id, ...ten.map((text) => `first ${text}`)),
    second.write(id, ...ten.map((text) => `second ${text}`)),
  ]);
  for (const tab of [first, second]) await tab.until(async (chat) => (await chat.unsent()) === 0);
  const said = contents(await bob.history(id));
  for (const name of ["first", "second"]) {
    assert.deepEqual(
      said.filter((text) => text.startsWith(name)),
      ten.map((text) => `${name} ${text}`),
    );
  }
  // And each tab heard the other's.
  for (const [tab, other] of /** @type {const} */ ([
    [first, "second"],
    [second, "first"],
  ])) {
    await wait(
      `${other}'s messages`,
      async () => (await tab.heard(id)).filter((text) => text.startsWith(other)).length === 10,
    );
  }
});
