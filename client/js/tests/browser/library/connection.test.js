// What the end of a socket means, by its code, and what comes back afterwards.

import assert from "node:assert/strict";
import { whileAway } from "../harness/browser.js";
import { tap } from "../harness/frames.js";
import { disconnectUsers } from "../harness/pusher.js";
import { scene } from "../harness/stage.js";
import { wait } from "../harness/wait.js";
import { wireTo } from "../harness/wire.js";

scene(
  "1012: a gateway that restarts is come back to, without signing in again",
  async (stage) => {
    const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
    const id = await ann.singleWith(bob);
    const plain = await stage.plain(bob, { problems: whileAway });
    await stage.cluster.restart("gateway", "SIGTERM");
    await plain.until((_chat, _argument, seen) => seen.some((e) => e.event === "state" && e.code === 1012));
    await plain.state("connected", 30_000);
    await ann.send(id, "are you back?");
    await plain.until(
      (_chat, id, seen) => seen.some((e) => e.event === "message" && e.message.conversationId === id),
      id,
    );
  },
  { own: true },
);

for (const code of [1001, 1006, 1012, 1013]) {
  scene(`${code}: connects again by itself, and has missed nothing`, async (stage) => {
    const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
    const id = await ann.singleWith(bob);
    await ann.send(id, "before");
    const within = await stage.context(bob.username);
    const tapped = await tap(within.context);
    const plain = await stage.plain(bob, { within });
    tapped.lose((frame) => frame.type === "new-message");
    await ann.send(id, "lost");
    tapped.loseNothing();
    // 1006 is what a page sees of a broken connection; nobody can send it.
    await tapped.close(code === 1006 ? 3000 : code);
    await wait("a second socket", () => tapped.sockets === 2);
    await plain.state("connected");
    await ann.send(id, "after");
    await plain.until((_chat, _argument, seen) =>
      seen.some((e) => e.event === "message" && e.message.content === "after"),
    );
    assert.deepEqual(await plain.heard(id), ["lost", "after"]);
  });
}

scene("1008 by a job: the tokens are good, and what becomes of the page is decided once", async (stage) => {
  const ann = await stage.register("ann");
  const within = await stage.context(ann.username);
  const tapped = await tap(within.context);
  const plain = await stage.plain(ann, { within });
  await disconnectUsers(stage.place, [ann.id]);
  await plain.until((_chat, _argument, seen) => seen.some((e) => e.event === "state" && e.code === 1008));
  assert.equal(await plain.run((chat) => chat.state), "disconnected");
  assert.equal(await plain.run((chat) => chat.user.id), ann.id);
  assert.equal(tapped.sockets, 1);
  // Whoever is there asks for it.
  await plain.run((chat) => chat.connect());
  await plain.state("connected");
});

scene(
  "a broken wire: the delay between attempts grows, the network's return ends it at once, nothing is missing",
  async (stage) => {
    const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
    const id = await ann.singleWith(bob);
    await ann.send(id, "one");
    const wire = await wireTo(stage.place.gateways[0].page);
    try {
      const plain = await stage.plain(bob, { url: wire.url, problems: whileAway });
      wire.cut();
      await plain.until((chat) => chat.state !== "connected");
      await ann.send(id, "two");
      await ann.send(id, "three");
      await plain.until(
        (_chat, _argument, seen) => seen.filter((e) => e.event === "state" && e.retryAt).length >= 3,
        null,
        20_000,
      );
      wire.mend();
      await plain.run(() => window.dispatchEvent(new Event("online")));
      await plain.state("connected", 3_000);
      await plain.until(
        (_chat, id, seen) => seen.filter((e) => e.event === "message" && e.message.conversationId === id).length === 2,
        id,
      );
      assert.deepEqual(await plain.heard(id), ["two", "three"]);
    } finally {
      wire.close();
    }
  },
);

scene("offline and back: what was written meanwhile goes out, what was said meanwhile comes in", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const id = await ann.singleWith(bob);
  await ann.send(id, "one");
  const plain = await stage.plain(bob, { problems: whileAway });
  await plain.page.context().setOffline(true);
  await plain.until((chat) => chat.state !== "connected");
  await plain.write(id, "written offline 1", "written offline 2");
  await ann.send(id, "said meanwhile");
  assert.equal(await plain.run((chat) => chat.unsent()), 2);

  await plain.page.context().setOffline(false);
  await plain.state("connected", 5_000);
  await plain.until(async (chat) => (await chat.unsent()) === 0);
  assert.deepEqual(
    (await ann.history(id)).map((message) => message.content),
    ["one", "said meanwhile", "written offline 1", "written offline 2"],
  );
  assert.deepEqual(await plain.heard(id), ["said meanwhile"]);
});

scene("disconnect is for as long as one wants", async (stage) => {
  const ann = await stage.register("ann");
  const plain = await stage.plain(ann);
  await plain.run((chat) => chat.disconnect());
  assert.equal(await plain.run((chat) => chat.state), "disconnected");
  await plain.run(() => window.dispatchEvent(new Event("online")));
  assert.equal(await plain.run((chat) => chat.state), "disconnected");
  assert.equal(await plain.failure((chat) => chat.friends()), null);
  await plain.run((chat) => chat.connect());
  await plain.run((chat) => chat.ready());
  assert.equal(await plain.run((chat) => chat.state), "connected");
});
