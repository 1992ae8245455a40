// Two tabs and another user write while whatever can fail does: all is stored once, in order, and everybody sees all of it.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { install } from "./fake-locks.js";
import { refused } from "./fake-server.js";
import { begin, closeTab, end, pass, ready, record, Setting, turns } from "./setting.js";

const SEEDS = 12;
const ROUNDS = 40;

beforeEach(begin);
afterEach(end);

/** Mulberry32. @param {number} seed */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`seed ${seed}`, async () => {
    install();
    const roll = dice(seed);
    const setting = new Setting();
    const { server } = setting;
    const room = server.room("c", { type: 1 });
    let calm = false;
    server.answer = (frame, socket) => {
      if (calm || roll() > 0.3) return undefined;
      const kind = roll();
      if (frame.type !== "send-message") return kind < 0.5 ? refused("SERVICE_UNAVAILABLE") : null;
      if (kind < 0.4) return refused(kind < 0.2 ? "TIMEOUT" : "RATE_LIMITED");
      const { content, client_msg_id: clientMsgId } = frame.data;
      const stored = room.messages.some((message) => message.clientMsgId === clientMsgId);
      // Stored, or not even that; and the answer is lost.
      if (kind < 0.7 && !stored) server.write("c", socket.userId, content, { clientMsgId });
      if (kind > 0.9) socket.end(1006, "");
      return null;
    };

    let [one, two] = [await open(), await open()];
    /** @type {any[]} */
    let got = record(two, "message");
    const written = { one: 0, two: 0, other: 0 };

    async function open() {
      const chat = setting.tab();
      if (!(await chat.restore())) chat.signIn("me", "password");
      await pass(1_000);
      chat.timeline("c").load();
      return chat;
    }

    for (let round = 0; round < ROUNDS; round += 1) {
      const what = roll();
      if (what < 0.4) one.send("c", `one ${written.one++}`);
      else if (what < 0.6) two.send("c", `two ${written.two++}`);
      else if (what < 0.8) {
        const message = server.write("c", "u-other", `other ${written.other++}`);
        for (const socket of server.sockets) if (roll() < 0.6) socket.receive({ type: "new-message", data: message });
      } else if (what < 0.85) server.drop([1001, 1006, 1012, 1013][Math.floor(roll() * 4)]);
      else if (what < 0.9) {
        server.up = false;
        server.drop(1006);
        await pass(roll() * 5_000);
        server.up = true;
      } else if (what < 0.95) {
        await turns();
        await closeTab(one);
        one = await open();
      } else await pass(roll() * 20_000);
      await pass(roll() * 500);
    }

    calm = true;
    await pass(60_000);
    server.drop(1013);
    await pass(30_000);
    for (const chat of [one, two]) {
      await ready(chat);
      assert.deepEqual([chat.drafts(), chat.timeline("c").drafts], [[], []]);
      const seen = chat.timeline("c").messages;
      assert.deepEqual(
        seen.map(({ content }) => content),
        room.messages.map(({ content }) => content),
      );
    }
    for (const [who, count] of Object.entries(written)) {
      const stored = room.messages.map(({ content }) => content).filter((content) => content.startsWith(who));
      assert.deepEqual(
        stored,
        Array.from({ length: count }, (_, index) => `${who} ${index}`),
        "once, and in order",
      );
    }
    const heard = got.map(({ message }) => message.seqId);
    const others = room.messages.filter(({ content }) => !content.startsWith("two")).map(({ seqId }) => seqId);
    assert.deepEqual(heard, others, "each is told of once, in order");
    got = [];
  });
}
