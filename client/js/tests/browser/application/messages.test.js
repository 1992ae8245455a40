// What can be done with a message, and what a message may be.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { whileAway } from "../harness/browser.js";
import { scene } from "../harness/stage.js";
import { eventually } from "../harness/wait.js";

/** Two windows in a conversation. @param {import("../harness/stage.js").Stage} stage */
async function talking(stage) {
  const [ann, bob] = await stage.people("ann", "bob");
  const id = await ann.account.singleWith(bob.account);
  await ann.account.send(id, "hello");
  await ann.choose(bob.account.username);
  await bob.choose(ann.account.username);
  return { ann, bob, id };
}

scene("a reply shows what it answers, and leads there", async (stage) => {
  const { ann, bob } = await talking(stage);
  await bob.menuOf("hello");
  await bob.pick("Reply");
  await bob.page.getByText(`Reply to ${ann.account.username}`).waitFor();
  await bob.write("hello yourself");
  const quote = ann.message("hello yourself").getByRole("button", { name: /^Reply to You hello/ });
  await quote.click();
  await ann.page.locator(".highlight").getByText("hello", { exact: true }).waitFor();
});

scene("a recalled message is gone for both, in the list too", async (stage) => {
  const { ann, bob } = await talking(stage);
  await ann.write("oops");
  await bob.sees("oops");
  await ann.menuOf("oops");
  await ann.pick("Recall for everybody");
  for (const window of [ann, bob]) {
    await window.message("oops").waitFor({ state: "detached" });
    await window.message("Message recalled").waitFor();
  }
  await bob.row(ann.account.username).getByText("Message recalled").waitFor();
  await bob.menuOf("hello");
  assert.equal(await bob.page.getByRole("menuitem", { name: "Recall for everybody" }).count(), 0);
});

scene("links lead out of the page safely, and only http and https are links", async (stage) => {
  const { ann, bob } = await talking(stage);
  await ann.write("see https://example.org/a?b=c&d=%20, and www.example.org or javascript:alert(1) data:text/html,x");
  const row = bob.messages.getByRole("listitem").filter({ hasText: "see https://example.org" });
  const link = row.getByRole("link", { name: "https://example.org/a" });
  await link.waitFor();
  assert.equal(await link.getAttribute("href"), "https://example.org/a?b=c&d=%20");
  assert.equal(await link.getAttribute("target"), "_blank");
  assert.match((await link.getAttribute("rel")) ?? "", /noopener/);
  assert.match((await link.getAttribute("rel")) ?? "", /noreferrer/);
  for (const one of await row.getByRole("link").all()) assert.match((await one.getAttribute("href")) ?? "", /^https?:/);
});

scene("a picture by its address is shown to both; one that does not load says so", async (stage) => {
  const pictures = createServer((request, response) => {
    if (request.url !== "/picture.svg") return response.writeHead(404).end();
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><rect width="300" height="200" fill="teal"/></svg>';
    response.writeHead(200, { "content-type": "image/svg+xml" }).end(svg);
  });
  await new Promise((resolve) => pictures.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (pictures.address());
  try {
    const { ann, bob } = await talking(stage);
    for (const window of [ann, bob]) window.problems.expect(/status of 404/);
    await ann.page.getByRole("button", { name: "Attach a picture by its address" }).click();
    await ann.page.getByLabel("Address of the picture").fill("javascript:alert(1)");
    await ann.page.getByRole("button", { name: "Send picture" }).click();
    await ann.page.getByText("Enter an address that begins with").waitFor();
    await ann.page.getByLabel("Address of the picture").fill(`http://127.0.0.1:${port}/picture.svg`);
    await ann.page.getByRole("img", { name: "Preview of the picture" }).waitFor();
    await ann.page.getByRole("button", { name: "Send picture" }).click();
    const shown = bob.messages.getByRole("img", { name: "Picture" });
    await shown.waitFor();
    await eventually(
      assert.equal,
      () => shown.evaluate((image) => /** @type {HTMLImageElement} */ (image).naturalWidth),
      300,
    );

    await ann.page.getByRole("button", { name: "Attach a picture by its address" }).click();
    await ann.page.getByLabel("Address of the picture").fill(`http://127.0.0.1:${port}/nothing.png`);
    await ann.page.getByRole("button", { name: "Send picture" }).click();
    await bob.messages.getByText("The picture could not be loaded.").waitFor();
  } finally {
    pictures.close();
    pictures.closeAllConnections();
  }
});

scene("a message that is refused says why, and is sent again once it may be", async (stage) => {
  const [ann, bob] = [await stage.window(await stage.register("ann")), await stage.register("bob")];
  const me = /** @type {import("../harness/people.js").Account} */ (ann.account);
  const id = await bob.group("quiet please", [me]);
  await ann.choose("quiet please");
  await ann.write("first");
  await ann.isMarked("first", "Sent");
  // Written while there is no connection, and refused when there is one: meanwhile she was muted.
  await ann.page.context().setOffline(true);
  await ann.write("may I?");
  await bob.call("PUT", `/conversations/${id}/members/${me.id}`, { muted: true });
  await ann.page.context().setOffline(false);
  await ann.isMarked("may I?", "Not sent");
  await ann.messages.getByText("Not sent. You are muted in this group.").waitFor();
  await bob.call("PUT", `/conversations/${id}/members/${me.id}`, { muted: false });
  await ann.message("may I?").getByRole("button", { name: "Send again" }).click();
  await ann.isMarked("may I?", "Sent");
  await ann.write("thank you");
  await ann.isMarked("thank you", "Sent");
});

scene("a blocked person's message fails with a reason, and goes through after the block ends", async (stage) => {
  const { ann, bob, id } = await talking(stage);
  await bob.account.call("PUT", `/users/${ann.account.id}/block`, {});
  await ann.write("can you hear me?");
  await ann.isMarked("can you hear me?", "Not sent");
  await ann.page.getByText("does not take messages from you").first().waitFor();
  await bob.account.call("DELETE", `/users/${ann.account.id}/block`);
  await ann.message("can you hear me?").getByRole("button", { name: "Send again" }).click();
  await ann.isMarked("can you hear me?", "Read");
  await bob.sees("can you hear me?");
  assert.deepEqual(
    (await bob.account.history(id)).map((message) => message.content),
    ["hello", "can you hear me?"],
  );
});

scene("a text that is too long is not sent, and says by how much", async (stage) => {
  const { ann } = await talking(stage);
  await ann.field.fill("x".repeat(33_000));
  await ann.page.getByText("bytes too long to be sent").waitFor();
  await ann.field.press("Enter");
  assert.equal((await ann.texts()).length, 1);
  await ann.field.fill("short");
  await ann.field.press("Enter");
  await ann.isMarked("short", "Read");
});

scene("messages written offline wait in sight, and are sent when the network is back", async (stage) => {
  const { ann, bob } = await talking(stage);
  ann.problems.expect(...whileAway);
  await ann.page.context().setOffline(true);
  await ann.page.getByText("You are offline").first().waitFor();
  await ann.write("written offline");
  await ann.isMarked("written offline", "Waiting for a connection");
  await bob.write("said meanwhile");
  await ann.page.context().setOffline(false);
  await bob.sees("written offline");
  await ann.sees("said meanwhile");
  await ann.settled();
  assert.deepEqual(await ann.texts(), await bob.texts());
});

scene("text that was typed and not sent is there again after the tab was closed", async (stage) => {
  const { ann, bob } = await talking(stage);
  await ann.field.fill("half a thought");
  await ann.page.close();
  const again = await ann.tab();
  await again.choose(bob.account.username);
  assert.equal(await again.field.inputValue(), "half a thought");
  await again.field.press("Enter");
  await bob.sees("half a thought");
});
