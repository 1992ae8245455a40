// Gateways die under the windows; nothing that was written is lost, and nothing comes twice.

import assert from "node:assert/strict";
import { whileAway } from "../harness/browser.js";
import { isFull, scene } from "../harness/stage.js";
import { eventually, wait } from "../harness/wait.js";

/** @param {any[]} messages */
const contents = (messages) => messages.map((message) => message.content);

scene(
  "a gateway is killed: a quiet banner, which goes by itself, and what was written meanwhile is sent",
  async (stage) => {
    const [ann, bob] = await stage.people("ann", "bob");
    for (const window of [ann, bob]) window.problems.expect(...whileAway);
    const id = await ann.account.singleWith(bob.account);
    await ann.account.send(id, "hello");
    await ann.choose(bob.account.username);
    await bob.choose(ann.account.username);
    for (const window of [ann, bob]) await window.sees("hello");
    await stage.cluster.kill("gateway");
    for (const window of [ann, bob])
      await window.page
        .getByText(/^Reconnecting/)
        .first()
        .waitFor();
    // It stands above the page and takes no room of it.
    assert.equal(await ann.page.getByRole("dialog").count(), 0);
    assert.equal(await ann.page.getByRole("alert").filter({ hasText: /./ }).count(), 0);
    await ann.write("written without a gateway");
    await ann.isMarked("written without a gateway", "Waiting for a connection");
    stage.cluster.run("gateway");
    await bob.sees("written without a gateway");
    for (const window of [ann, bob]) await window.settled();
    await ann.isMarked("written without a gateway", "Read");
    assert.deepEqual(contents(await ann.account.history(id)), ["hello", "written without a gateway"]);
  },
  { own: true },
);

scene(
  "gateway kills while somebody types: each message is sent once, in order, and the other window misses none",
  async (stage) => {
    const KILLS = isFull ? 20 : 5;
    const [ann, bob] = await stage.people("ann", "bob");
    for (const window of [ann, bob]) window.problems.expect(...whileAway);
    const id = await ann.account.singleWith(bob.account);
    await ann.account.send(id, "hello");
    await ann.choose(bob.account.username);
    await bob.choose(ann.account.username);
    // What Bob's page showed at any time, since rows that are scrolled away leave the document.
    await bob.page.evaluate(() => {
      const page = /** @type {any} */ (window);
      page.shown = [];
      new MutationObserver(() => {
        for (const row of document.querySelectorAll(".message-row .text")) {
          if (row.textContent?.startsWith("line ") && !page.shown.includes(row.textContent))
            page.shown.push(row.textContent);
        }
      }).observe(document.body, { childList: true, subtree: true, characterData: true });
    });

    /** @type {string[]} */
    const written = [];
    let isOver = false;
    const typing = (async () => {
      while (!isOver) {
        const text = `line ${written.length + 1}`;
        await ann.field.pressSequentially(text);
        await ann.field.press("Enter");
        written.push(text);
      }
    })();
    const begun = Date.now();
    try {
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const before = written.length;
        await wait("something is written between two kills", () => written.length >= before + 2, 60_000);
        await stage.cluster.kill("gateway");
        await wait("something is written without a gateway", () => written.length >= before + 4, 60_000);
        stage.cluster.run("gateway");
        await stage.cluster.ready();
        // Some kills come while the pages are still coming back, others when they are back.
        if (kill % 3 !== 0) await bob.settled(60_000);
      }
    } finally {
      isOver = true;
      await typing;
    }

    await wait("all is stored", async () => (await ann.account.history(id)).length >= written.length + 1, 60_000);
    const stored = await ann.account.history(id);
    assert.deepEqual(contents(stored), ["hello", ...written]);
    assert.deepEqual(
      stored.map((message) => message.seqId),
      Array.from({ length: written.length + 1 }, (_, index) => index + 1),
    );
    await ann.settled(60_000);
    await bob.settled(60_000);
    await bob.sees(/** @type {string} */ (written.at(-1)));
    for (const window of [ann, bob]) {
      const newest = (await window.texts()).filter((text) => text.startsWith("line "));
      assert.deepEqual(newest, written.slice(-newest.length));
    }
    const shown = () => bob.page.evaluate(() => /** @type {string[]} */ (/** @type {any} */ (window).shown));
    /** @param {string[]} lines */
    const inOrder = (lines) => [...lines].sort((one, other) => Number(one.slice(5)) - Number(other.slice(5)));
    const live = await shown();
    assert.deepEqual(live, inOrder(live));
    // What a break held back comes at once, more than a window holds: those rows are drawn when Bob scrolls up to them.
    await bob.scroller.hover();
    const scrolledUp = async () => {
      await bob.page.mouse.wheel(0, -400);
      return inOrder(await shown());
    };
    await eventually(assert.deepEqual, scrolledUp, written);
    stage.say(
      `${KILLS} kills in ${((Date.now() - begun) / 1000).toFixed(0)} s, ${written.length} messages typed, each stored once and in order`,
    );
  },
  { own: true, timeout: 300_000 },
);

scene(
  "two gateways: people on different ones talk, and who sits at the one that dies comes back to it",
  async (stage) => {
    const [annAccount, bobAccount] = [await stage.register("ann"), await stage.register("bob")];
    const ann = await stage.window(annAccount, { gateway: 0, problems: whileAway });
    const bob = await stage.window(bobAccount, { gateway: 1, problems: whileAway });
    const id = await annAccount.singleWith(bobAccount);
    await annAccount.send(id, "hello");
    await ann.choose(bobAccount.username);
    await bob.choose(annAccount.username);
    await ann.write("from the first gateway");
    await bob.sees("from the first gateway");
    await bob.write("from the second");
    await ann.sees("from the second");
    await ann.isMarked("from the first gateway", "Read");

    await stage.cluster.kill("gateway-2");
    await bob.page
      .getByText(/^Reconnecting/)
      .first()
      .waitFor();
    await ann.write("bob is away");
    await bob.write("nobody hears me yet");
    await ann.isMarked("bob is away", "Sent");
    stage.cluster.run("gateway-2");
    await bob.sees("bob is away");
    await ann.sees("nobody hears me yet");
    await bob.settled();
    const all = ["hello", "from the first gateway", "from the second", "bob is away", "nobody hears me yet"];
    for (const window of [ann, bob]) assert.deepEqual(await window.texts(), all);
    assert.deepEqual(contents(await annAccount.history(id)), all);
  },
  { own: true, gateways: 2 },
);

scene(
  "a tab is closed with messages that were not sent: the next one to be opened sends them, once",
  async (stage) => {
    const [ann, bob] = await stage.people("ann", "bob");
    for (const window of [ann, bob]) window.problems.expect(...whileAway);
    const id = await ann.account.singleWith(bob.account);
    await ann.account.send(id, "hello");
    await ann.choose(bob.account.username);
    // Without its history a conversation shows nothing, not even what waits.
    await ann.sees("hello");
    await stage.cluster.kill("gateway");
    await ann.page
      .getByText(/^Reconnecting/)
      .first()
      .waitFor();
    for (const text of ["one", "two", "three"]) await ann.write(text);
    await ann.isMarked("three", "Waiting for a connection");
    await ann.field.fill("and this was not finished");
    await ann.page.close();
    stage.cluster.run("gateway");
    await stage.cluster.ready();

    const again = await ann.tab();
    await wait("all is stored", async () => (await bob.account.history(id)).length === 4);
    await again.choose(bob.account.username);
    assert.equal(await again.field.inputValue(), "and this was not finished");
    await bob.choose(ann.account.username);
    await bob.sees("three");
    for (const window of [again, bob])
      await eventually(assert.deepEqual, () => window.texts(), ["hello", "one", "two", "three"]);
    assert.deepEqual(contents(await bob.account.history(id)), ["hello", "one", "two", "three"]);
  },
  { own: true },
);

scene(
  "logic or repo is killed: what is written then is sent when it is back",
  async (stage) => {
    const [ann, bob] = await stage.people("ann", "bob");
    for (const window of [ann, bob]) window.problems.expect(...whileAway);
    const id = await ann.account.singleWith(bob.account);
    await ann.account.send(id, "hello");
    await ann.choose(bob.account.username);
    await bob.choose(ann.account.username);
    const all = ["hello"];
    for (const name of ["logic", "repo"]) {
      await stage.cluster.kill(name);
      await ann.write(`while ${name} is away`);
      all.push(`while ${name} is away`);
      stage.cluster.run(name);
      await stage.cluster.ready();
      await bob.sees(`while ${name} is away`);
    }
    for (const window of [ann, bob]) await eventually(assert.deepEqual, () => window.texts(), all);
    assert.deepEqual(contents(await ann.account.history(id)), all);
  },
  { own: true },
);
