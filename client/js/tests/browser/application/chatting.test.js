// Two and three windows chatting.

import assert from "node:assert/strict";
import { scene } from "../harness/stage.js";
import { eventually, wait } from "../harness/wait.js";

scene("two people talk: what one writes the other sees, in the same order", async (stage) => {
  const [ann, bob] = await stage.people("ann", "bob");
  await ann.find(bob.account.username);
  await ann.write("hello bob");
  await bob.choose(ann.account.username);
  await bob.sees("hello bob");
  const said = ["hello bob"];
  for (const [who, text] of /** @type {const} */ ([
    [bob, "hello ann"],
    [ann, "how are you?"],
    [ann, "it is raining here"],
    [bob, "fine"],
    [bob, "two lines\nin one message"],
    [ann, "😀"],
    [ann, "你好"],
  ])) {
    await who.write(text);
    said.push(text);
    for (const window of [ann, bob]) await window.sees(text);
  }
  for (const window of [ann, bob]) assert.deepEqual(await window.texts(), said);
});

scene("a message is sent, then delivered, then read", async (stage) => {
  const [ann, bob] = [await stage.window(await stage.register("ann")), await stage.register("bob")];
  await ann.find(bob.username);
  await ann.write("are you there?");
  await ann.isMarked("are you there?", "Sent");
  const window = await stage.window(bob);
  await ann.isMarked("are you there?", "Delivered");
  await window.choose(ann.account?.username ?? "");
  await ann.isMarked("are you there?", "Read");
});

scene("many messages at once arrive in the order in which they were written", async (stage) => {
  const [ann, bob] = await stage.people("ann", "bob");
  await ann.find(bob.account.username);
  const texts = Array.from({ length: 30 }, (_, index) => `number ${index + 1}`);
  for (const text of texts) await ann.write(text);
  await bob.choose(ann.account.username);
  // It opens where the unread begin, and only what was in sight is read.
  await bob.page.getByRole("button", { name: /newest/i }).click();
  await bob.sees("number 30");
  await ann.isMarked("number 30", "Read");
  const id = await ann.account.singleWith(bob.account);
  assert.deepEqual(
    (await bob.account.history(id)).map((message) => message.content),
    texts,
  );
  for (const window of [ann, bob]) {
    const shown = (await window.texts()).map((text) => Number(text.split(" ")[1]));
    assert.deepEqual(
      shown,
      Array.from({ length: shown.length }, (_, index) => 30 - shown.length + index + 1),
    );
  }
});

scene("unread messages are counted at the conversation and in the title, until they are read", async (stage) => {
  const [ann, bob] = await stage.people("ann", "bob");
  const id = await ann.account.singleWith(bob.account);
  for (const text of ["one", "two", "three"]) await ann.account.send(id, text);
  await bob.row(ann.account.username).getByText("3 unread").waitFor({ state: "attached" });
  await bob.row(ann.account.username).getByText("three", { exact: true }).waitFor();
  await wait("the title", async () => (await bob.page.title()) === "(3) GoChat");
  await bob.choose(ann.account.username);
  await bob.sees("three");
  await wait("the title", async () => (await bob.page.title()) === "GoChat");
  assert.equal(await bob.row(ann.account.username).getByText("unread").count(), 0);
  // Also for who opens the page later.
  await eventually(
    assert.equal,
    async () => (await bob.account.call("GET", `/conversations`)).conversations[0].unreadCount,
    0,
  );
});

scene("who is writing is said in the conversation and in the list, and ends", async (stage) => {
  const [ann, bob] = await stage.people("ann", "bob");
  const id = await ann.account.singleWith(bob.account);
  await bob.account.send(id, "hello");
  await ann.choose(bob.account.username);
  await bob.choose(ann.account.username);
  await bob.field.pressSequentially("I was about to");
  await ann.page.getByRole("main").getByText("is writing…").first().waitFor();
  await ann.row(bob.account.username).getByText("typing…").waitFor();
  await bob.field.press("Enter");
  await ann.sees("I was about to");
  await ann.page.getByRole("main").getByText("is writing…").first().waitFor({ state: "hidden" });
});

scene("a dot shows who is there, and goes when they go", async (stage) => {
  const [ann, bob] = await stage.people("ann", "bob");
  const id = await ann.account.singleWith(bob.account);
  await ann.account.send(id, "hello");
  const row = ann.row(bob.account.username);
  await row.locator(".online").waitFor();
  await row.getByText("online").waitFor({ state: "attached" });
  await bob.page.context().close();
  await row.locator(".online").waitFor({ state: "hidden", timeout: 20_000 });
});

scene("three people in a group: names, who has read, and everybody sees everything in one order", async (stage) => {
  const [ann, bob, eve] = await stage.people("ann", "bob", "eve");
  await ann.account.group("three of us", [bob.account, eve.account]);
  for (const window of [ann, bob, eve]) await window.choose("three of us");
  await Promise.all(
    [ann, bob, eve].map(async (window, who) => {
      for (let count = 1; count <= 5; count += 1) await window.write(`${who} says ${count}`);
    }),
  );
  for (const window of [ann, bob, eve]) {
    for (const who of [0, 1, 2]) await window.sees(`${who} says 5`);
  }
  const orders = await Promise.all([ann, bob, eve].map((window) => window.texts()));
  assert.deepEqual(orders[1], orders[0]);
  assert.deepEqual(orders[2], orders[0]);
  await ann.message("0 says 5").locator(".state").getByText("Read by 2").waitFor({ state: "attached" });
  await ann.messages.getByText(bob.account.username).first().waitFor();
});

scene("the newest conversation stands first, and the search finds conversations and people", async (stage) => {
  const ann = await stage.window(await stage.register("ann"));
  const [bob, eve] = [await stage.register("bob"), await stage.register("eve")];
  const me = /** @type {import("../harness/people.js").Account} */ (ann.account);
  const id = await me.singleWith(bob);
  await bob.send(id, "first");
  const group = await me.group("Gardeners", [bob]);
  await me.send(group, "roses");
  await ann.row("Gardeners").waitFor();
  await eventually(assert.deepEqual, () => ann.rows(), ["Gardeners", bob.username]);
  await bob.send(id, "second");
  await eventually(assert.deepEqual, () => ann.rows(), [bob.username, "Gardeners"]);

  await ann.page.getByRole("combobox", { name: "Search" }).fill("gard");
  await ann.page
    .getByRole("listbox", { name: "Search results" })
    .getByRole("option")
    .filter({ hasText: "Gardeners" })
    .waitFor();
  await ann.page.getByRole("combobox", { name: "Search" }).press("Escape");
  await ann.find(eve.username);
  await ann.write("hello eve");
  await eventually(assert.deepEqual, () => ann.rows(), [eve.username, bob.username, "Gardeners"]);
});
