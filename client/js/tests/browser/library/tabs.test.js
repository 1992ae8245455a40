// Several tabs of a browser are one user, and do not fight.

import assert from "node:assert/strict";
import { scene } from "../harness/stage.js";
import { shortenTokens } from "../harness/tokens.js";

scene("two tabs whose token ends at the same time refresh it once, and both live on", async (stage) => {
  const ann = await stage.register("ann");
  const within = await stage.context(ann.username);
  const counted = await shortenTokens(within.context, stage.place.folder, { seconds: 24 });
  const first = await stage.plain(ann, { within });
  const second = await first.tab();
  const isRenewed = (/** @type {any} */ _chat, /** @type {any} */ _argument, /** @type {any[]} */ seen) =>
    seen.some((e) => e.event === "frame" && e.type === "auth-ack");
  await Promise.all([first.until(isRenewed, null, 30_000), second.until(isRenewed, null, 30_000)]);
  assert.equal(counted.refreshes, 1);
  for (const tab of [first, second]) {
    assert.equal(await tab.run((chat) => chat.state), "connected");
    assert.equal(await tab.failure((chat) => chat.friends()), null);
  }
});

scene("signing out in one tab signs the other out", async (stage) => {
  const ann = await stage.register("ann");
  const first = await stage.plain(ann, { problems: [/status of 401/, /WebSocket/] });
  const second = await first.tab();
  await first.run((chat) => chat.signOut());
  await second.state("signed-out");
  assert.equal(await second.run((chat) => chat.user), null);
});

scene("somebody else signs in, in one tab: the other is not left with the tokens of who went", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const first = await stage.plain(ann, { problems: [/status of 401/, /WebSocket/] });
  const second = await first.tab();
  await first.run((chat) => chat.signOut());
  await second.state("signed-out");
  await first.run((chat, [name, password]) => chat.signIn(name, password), [bob.username, bob.password]);
  await first.run((chat) => chat.ready());
  await second.until((chat) => chat.user === null || chat.user.username.startsWith("bob"));
  await second.reload();
  assert.equal(await second.run((chat) => chat.user.id), bob.id);
});

scene("what is said in one tab is heard in the other, once", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const id = await ann.singleWith(bob);
  const first = await stage.plain(ann);
  const second = await first.tab();
  await first.run((chat, id) => chat.send(id, "from the first tab"), id);
  await bob.send(id, "from bob");
  for (const tab of [first, second]) {
    await tab.until((_chat, _argument, seen) =>
      seen.some((e) => e.event === "message" && e.message.content === "from bob"),
    );
  }
  assert.deepEqual(await second.heard(id), ["from the first tab", "from bob"]);
});
