// Desktop notifications, by permission, while the page is not looked at.

import assert from "node:assert/strict";
import { pushToUsers } from "../harness/pusher.js";
import { scene } from "../harness/stage.js";
import { eventually, wait } from "../harness/wait.js";

/** Records notifications instead of showing them. */
function record() {
  const page = /** @type {any} */ (window);
  page.notified = [];
  page.Notification = class extends EventTarget {
    static permission = "granted";
    static requestPermission = async () => "granted";
    /** @param {string} title @param {NotificationOptions} [options] */
    constructor(title, options) {
      super();
      page.notified.push({ title, body: options?.body, tag: options?.tag });
      page.lastNotification = this;
    }
    close() {}
  };
}

/** As if the window were in the background. @param {import("../harness/app.js").App} app @param {boolean} isHidden */
async function hide(app, isHidden) {
  await app.page.evaluate((isHidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
    Object.defineProperty(document, "visibilityState", {
      configurable: true,
      get: () => (isHidden ? "hidden" : "visible"),
    });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden);
}

/** @param {import("../harness/app.js").App} app @returns {Promise<any[]>} */
const notified = (app) => app.page.evaluate(() => /** @type {any} */ (window).notified);

scene(
  "a message that comes while the page is hidden is notified, and a press on it opens the conversation",
  async (stage) => {
    const [account, bob] = [await stage.register("ann"), await stage.register("bob")];
    const within = await stage.context(account.username, { permissions: ["notifications"] });
    await within.context.addInitScript(record);
    const ann = await stage.window(account, { within });
    const id = await bob.singleWith(account);
    await bob.send(id, "seen at once");
    await ann.row(bob.username).waitFor();
    assert.deepEqual(await notified(ann), []);

    await hide(ann, true);
    await bob.send(id, "are you there?");
    await eventually(assert.deepEqual, () => notified(ann), [{ title: bob.username, body: "are you there?", tag: id }]);
    await ann.page.evaluate(() => /** @type {any} */ (window).lastNotification.dispatchEvent(new Event("click")));
    await ann.heading(bob.username).waitFor();
    await hide(ann, false);
    await bob.send(id, "no need");
    await ann.sees("no need");
    assert.equal((await notified(ann)).length, 1);
  },
);

scene("a muted conversation is counted but not notified; what a job pushes is shown", async (stage) => {
  const [account, bob] = [await stage.register("ann"), await stage.register("bob")];
  const within = await stage.context(account.username, { permissions: ["notifications"] });
  await within.context.addInitScript(record);
  const ann = await stage.window(account, { within });
  const id = await bob.singleWith(account);
  await bob.send(id, "hello");
  // Held for a moment, as by hand: the release must not close what the press opened.
  await ann.row(bob.username).click({ button: "right", delay: 100 });
  await ann.pick("Mute notifications");
  await hide(ann, true);
  await bob.send(id, "psst");
  await ann.row(bob.username).getByText("2 unread").waitFor({ state: "attached" });
  await pushToUsers(stage.place, [account.id], "notification", { text: "Your build is done" });
  await ann.page.getByText("Your build is done").waitFor();
  await eventually(assert.deepEqual, async () => (await notified(ann)).map((one) => one.body), ["Your build is done"]);
});

scene("is asked for permission by a press, not before", async (stage) => {
  const ann = await stage.window(await stage.register("ann"));
  const bob = await stage.register("bob");
  const me = /** @type {import("../harness/people.js").Account} */ (ann.account);
  await bob.send(await bob.singleWith(me), "hello");
  await ann.row(bob.username).waitFor();
  await ann.page.evaluate(() => {
    const page = /** @type {any} */ (window);
    page.asked = 0;
    page.Notification.requestPermission = async () => {
      page.asked += 1;
      return "denied";
    };
  });
  const turnOn = ann.sidebar.getByRole("button", { name: "Turn on" });
  if (!(await turnOn.isVisible())) return;
  assert.equal(await ann.page.evaluate(() => /** @type {any} */ (window).asked), 0);
  await turnOn.click();
  await wait("the browser is asked", () => ann.page.evaluate(() => /** @type {any} */ (window).asked === 1));
});
