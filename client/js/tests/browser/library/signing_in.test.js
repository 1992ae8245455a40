// Who one is: signing in, staying signed in, and how that ends.

import assert from "node:assert/strict";
import { tap } from "../harness/frames.js";
import { scene } from "../harness/stage.js";
import { shortenTokens } from "../harness/tokens.js";
import { wait } from "../harness/wait.js";

scene("registers, is signed in, and still is after a reload", async (stage) => {
  const plain = await stage.plain(null);
  const name = `new${Date.now()}`;
  const user = await plain.run((chat, name) => chat.register(name, "correct horse"), name);
  assert.equal(user.username, name);
  await plain.run((chat) => chat.ready());
  assert.equal(await plain.run((chat) => chat.state), "connected");

  await plain.reload();
  assert.equal(await plain.run((chat) => chat.user.username), name);
  await plain.state("connected");
});

scene("a stranger is told why they cannot come in", async (stage) => {
  const ann = await stage.register("ann");
  const plain = await stage.plain(null, { problems: [/status of (400|401|409)/] });
  const signIn = (/** @type {any} */ chat, /** @type {string[]} */ [name, password]) => chat.signIn(name, password);
  const register = (/** @type {any} */ chat, /** @type {string[]} */ [name, password]) => chat.register(name, password);

  assert.equal(await plain.failure(signIn, [ann.username, "wrong horse"]), "INVALID_CREDENTIALS");
  assert.equal(await plain.failure(register, [ann.username, "correct horse"]), "USER_ALREADY_EXISTS");
  assert.equal(await plain.failure(register, ["new.one", "short"]), "WEAK_PASSWORD");
  assert.equal(await plain.failure((chat) => chat.friends()), "SIGNED_OUT");
  assert.equal(await plain.run((chat) => chat.restore()), null);
  assert.equal(await plain.run((chat) => chat.state), "signed-out");
});

scene("a guest chats in the world room and is refused what guests may not do", async (stage) => {
  const guest = await stage.plain(null, { problems: [/status of 403/] });
  const user = await guest.run((chat) => chat.signInAsGuest());
  assert.equal(user.isGuest, true);
  await guest.run((chat) => chat.ready());
  const world = await guest.run((chat) => chat.joinWorld());
  const sent = await guest.run((chat, id) => chat.send(id, "hello, world"), world.id);
  assert.equal(sent.content, "hello, world");
  assert.equal(await guest.failure((chat) => chat.createGroup("not for guests", [])), "GUEST_NOT_ALLOWED");
});

scene("the token is renewed before it ends, and the socket lives on under the new one", async (stage) => {
  const ann = await stage.register("ann");
  const within = await stage.context(ann.username);
  const tapped = await tap(within.context);
  const counted = await shortenTokens(within.context, stage.place.folder, { seconds: 12 });
  const plain = await stage.plain(ann, { within });

  await wait("a refresh", () => counted.refreshes === 1, 20_000);
  await wait("the socket is told", () => tapped.sent.some((frame) => frame.type === "auth"));
  await plain.until((_chat, _argument, seen) => seen.some((e) => e.event === "frame" && e.type === "auth-ack"));
  assert.equal(tapped.sockets, 1);
  assert.deepEqual(
    (await plain.seen("state")).map((e) => e.state),
    ["connecting", "connected"],
  );
});

scene(
  "a token that ends under the socket closes it with 4401: a fresh one is got, and it connects again",
  async (stage) => {
    const ann = await stage.register("ann");
    const within = await stage.context(ann.username);
    const counted = await shortenTokens(within.context, stage.place.folder, { seconds: 4, told: 900 });
    const plain = await stage.plain(ann, { within });

    await plain.until(
      (_chat, _argument, seen) => seen.some((e) => e.event === "state" && e.code === 4401),
      null,
      30_000,
    );
    await plain.state("connected");
    assert.equal(counted.refreshes, 1);
    assert.equal(await plain.run((chat) => chat.user.id), ann.id);
  },
);

scene("a sign-in that was ended elsewhere signs the page out, and it does not come back", async (stage) => {
  const ann = await stage.register("ann");
  const plain = await stage.plain(ann, { problems: [/status of 401/, /WebSocket/] });
  const signIns = await plain.run((chat) => chat.signIns());
  const own = signIns.find((/** @type {any} */ one) => one.current);
  await ann.call("DELETE", `/auth/sessions/${own.id}`);

  await plain.state("signed-out");
  assert.equal(await plain.run((chat) => chat.user), null);
  assert.equal((await plain.seen("user")).at(-1).reason, "ended");
  await plain.reload();
  assert.equal(await plain.run((chat) => chat.state), "signed-out");
});

scene("a new password ends the other devices, not this one", async (stage) => {
  const ann = await stage.register("ann");
  const expected = { problems: [/status of 401/, /WebSocket/] };
  const [here, there] = [await stage.plain(ann, expected), await stage.plain(ann, expected)];
  await here.run((chat) => chat.changePassword("correct horse", "battery staple"));
  await there.state("signed-out");
  assert.equal(await here.run((chat) => chat.state), "connected");
  assert.equal(await here.failure((chat) => chat.friends()), null);
});

scene("signing out ends the sign-in at the server too", async (stage) => {
  const ann = await stage.register("ann");
  const plain = await stage.plain(ann);
  assert.equal((await ann.call("GET", "/auth/sessions")).sessions.length, 2);
  await plain.run((chat) => chat.signOut());
  assert.equal(await plain.run((chat) => chat.state), "signed-out");
  assert.equal((await plain.seen("user")).at(-1).reason, "signed-out");
  assert.equal((await ann.call("GET", "/auth/sessions")).sessions.length, 1);
  await plain.reload();
  assert.equal(await plain.run((chat) => chat.user), null);
});
