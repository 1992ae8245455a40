// A telephone: one thing at a time, everything in reach, nothing to scroll sideways.

import assert from "node:assert/strict";
import { scene } from "../harness/stage.js";
import { wait } from "../harness/wait.js";

scene("the list, then the conversation, then back, and nothing is wider than the screen", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
  const id = await bob.singleWith(ann);
  await bob.send(id, `hello ${"averylongwordwithoutanyplacetobreakit".repeat(6)}`);
  await bob.send(id, `https://example.org/${"path/".repeat(40)}`);
  const app = await stage.window(ann, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const isWithin = () => app.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  await app.row(bob.username).tap();
  await app.heading(bob.username).waitFor();
  assert.equal(await app.row(bob.username).isVisible(), false);
  assert.ok(await isWithin());
  await app.field.fill("from a telephone");
  await app.page.getByRole("button", { name: "Send" }).tap();
  await app.sees("from a telephone");
  const small = await app.page.evaluate(() =>
    [...document.querySelectorAll("button, [role=button]")]
      .filter(
        (button) =>
          button.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
          !button.closest(".message-row"),
      )
      .map((button) => ({
        name: button.getAttribute("aria-label") ?? button.textContent,
        box: button.getBoundingClientRect(),
      }))
      .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
      .map(({ name }) => name),
  );
  assert.deepEqual(small, [], "what is pressed with a finger is large enough");
  await app.page.getByRole("button", { name: "Back to the conversations" }).tap();
  await app.row(bob.username).waitFor();
  // The browser's own way back, too.
  await app.row(bob.username).tap();
  await app.heading(bob.username).waitFor();
  await app.page.goBack();
  await app.row(bob.username).waitFor();
  await app.profile.tap();
  await app.dialog("Profile").waitFor();
  assert.ok(await isWithin());
  await wait("the dialog is within the screen", () =>
    app.page.evaluate(() => {
      const box = document.querySelector("dialog[open]")?.getBoundingClientRect();
      return Boolean(box && box.left >= 0 && box.right <= innerWidth);
    }),
  );
});
