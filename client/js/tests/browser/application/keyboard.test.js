// Everything by keyboard: no press of the mouse from the first visit on, and the focus is always somewhere sensible.

import assert from "node:assert/strict";
import { scene } from "../harness/stage.js";
import { wait } from "../harness/wait.js";

/** What has the focus, in words. @param {import("../harness/app.js").App} app */
function focused(app) {
  return app.page.evaluate(() => {
    const at = document.activeElement;
    if (!at || at === document.body) return "nothing";
    return `${at.getAttribute("role") ?? at.tagName.toLowerCase()} ${at.getAttribute("aria-label") ?? at.getAttribute("name") ?? at.textContent?.trim() ?? ""}`.trim();
  });
}

/** Presses Tab until something has the focus. @param {import("../harness/app.js").App} app @param {RegExp} what */
async function tabTo(app, what, key = "Tab") {
  /** @type {string[]} */
  const passed = [];
  for (let count = 0; count < 40; count += 1) {
    await app.page.keyboard.press(key);
    const now = await focused(app);
    if (what.test(now)) return;
    passed.push(now);
  }
  assert.fail(`${what} is not reached by ${key}; it went over ${passed.join(" | ")}`);
}

/** The focus shows: an outline or a ring. @param {import("../harness/app.js").App} app */
async function isFocusVisible(app) {
  return app.page.evaluate(() => {
    const at = document.activeElement;
    if (!at) return false;
    for (
      let one = /** @type {Element | null} */ (at), depth = 0;
      one && depth < 3;
      one = one.parentElement, depth += 1
    ) {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
      if ((outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0) || boxShadow !== "none") return true;
    }
    return false;
  });
}

scene("signs in, finds somebody, writes, replies and recalls", async (stage) => {
  const [ann, bob] = [await stage.register("ann"), await stage.window(await stage.register("bob"))];
  const other = /** @type {import("../harness/people.js").Account} */ (bob.account);
  const app = await stage.window(null);
  const { keyboard } = app.page;
  await wait("the focus in the form", async () => /username/.test(await focused(app)));
  await keyboard.type(ann.username);
  await tabTo(app, /password/);
  await keyboard.type(ann.password);
  await keyboard.press("Enter");
  await app.sidebar.waitFor();

  await keyboard.press("/");
  assert.match(await focused(app), /Search/);
  await keyboard.type(other.username);
  await app.page.getByRole("listbox", { name: "Search results" }).getByRole("option").first().waitFor();
  await keyboard.press("Enter");
  await app.heading(other.username).waitFor();
  await wait("the focus in the field", async () => /Message/.test(await focused(app)));
  await keyboard.type("hello from the keys");
  await keyboard.press("Shift+Enter");
  await keyboard.type("in two lines");
  await keyboard.press("Enter");
  await bob.choose(ann.username);
  await bob.sees("hello from the keys\nin two lines");
  await bob.write("answer me");
  await app.sees("answer me");

  // Back to the messages, to the last one, its menu, a reply.
  await tabTo(app, /^listitem/, "Shift+Tab");
  assert.ok(await isFocusVisible(app), "the focus on a message shows");
  await keyboard.press("End");
  await keyboard.press("Enter");
  await app.page.getByRole("menuitem", { name: "Reply" }).waitFor();
  assert.match(await focused(app), /menuitem Reply/);
  await keyboard.press("Enter");
  await wait("the focus in the field", async () => /Message/.test(await focused(app)));
  await keyboard.type("here is my answer");
  await keyboard.press("Enter");
  await bob.sees("here is my answer");
  await bob
    .message("here is my answer")
    .getByRole("button", { name: /^Reply to You answer me/ })
    .waitFor();

  await tabTo(app, /^listitem/, "Shift+Tab");
  await keyboard.press("End");
  await keyboard.press("Shift+F10");
  await app.page.getByRole("menuitem", { name: "Recall for everybody" }).waitFor();
  await keyboard.press("End");
  await keyboard.press("ArrowUp");
  await keyboard.press("ArrowDown");
  assert.match(await focused(app), /menuitem Recall/);
  await keyboard.press("Enter");
  await bob.message("here is my answer").waitFor({ state: "detached" });
  assert.notEqual(await focused(app), "nothing");
});

scene(
  "goes from conversation to conversation, makes a group, and leaves dialogs where it entered them",
  async (stage) => {
    const [ann, bob, eve] = [await stage.register("ann"), await stage.register("bob"), await stage.register("eve")];
    for (const other of [bob, eve]) await other.send(await other.singleWith(ann), `I am ${other.username}`);
    const app = await stage.window(ann);
    const { keyboard } = app.page;
    await app.row(eve.username).waitFor();
    await tabTo(app, /^listbox Conversations/);
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await app.heading(bob.username).waitFor();
    await keyboard.press("Alt+ArrowUp");
    await app.heading(eve.username).waitFor();
    await keyboard.press("Escape");
    await app.heading(eve.username).waitFor({ state: "hidden" });
    await wait("the focus in the list", async () => /^listbox Conversations/.test(await focused(app)));

    await tabTo(app, /button New conversation/, "Shift+Tab");
    assert.ok(await isFocusVisible(app), "the focus on a button shows");
    await keyboard.press("Enter");
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await app.dialog("New group").waitFor();
    await keyboard.type("By keys alone");
    await tabTo(app, /combobox Find people/);
    await keyboard.type(bob.username);
    await app.dialog("New group").getByRole("option").first().waitFor();
    await keyboard.press("Enter");
    await tabTo(app, /button Create group/);
    await keyboard.press("Enter");
    await app.heading("By keys alone").waitFor();

    // A dialog keeps the focus, and gives it back.
    await tabTo(app, /Profile and settings/, "Shift+Tab");
    await keyboard.press("Enter");
    await app.dialog("Profile").waitFor();
    for (let count = 0; count < 25; count += 1) {
      await keyboard.press("Tab");
      const isInside = await app.page.evaluate(
        () =>
          !document.activeElement ||
          document.activeElement === document.body ||
          Boolean(document.activeElement.closest("dialog")),
      );
      assert.ok(isInside, `the focus left the dialog: ${await focused(app)}`);
    }
    await keyboard.press("Escape");
    assert.match(await focused(app), /Profile and settings/);
  },
);
