// 10,000 messages: the conversation opens fast, scrolls smoothly, stays small, and keeps its place.

import assert from "node:assert/strict";
import { fill } from "../harness/filling.js";
import { scene } from "../harness/stage.js";
import { wait } from "../harness/wait.js";

const COUNT = 10_000;
const MOST_ELEMENTS = 3_000;

/** Notes long tasks and the size of the document. */
function watch() {
  const page = /** @type {any} */ (window);
  page.tasks = [];
  page.most = 0;
  new PerformanceObserver((list) => {
    for (const { duration, startTime } of list.getEntries()) page.tasks.push({ duration, startTime });
  }).observe({ type: "longtask", buffered: true });
  setInterval(() => {
    page.most = Math.max(page.most, document.querySelectorAll("*").length);
  }, 50);
}

/** The seqs of the oldest and newest rows that are drawn, by the texts that begin with their number. @param {import("../harness/app.js").App} app */
async function drawn(app) {
  const texts = await app.texts();
  return {
    oldest: Number.parseInt(texts[0] ?? "", 10),
    newest: Number.parseInt(texts.at(-1) ?? "", 10),
    rows: texts.length,
  };
}

scene(
  `${COUNT} messages: opens at the newest, scrolls to the first, and stays small`,
  async (stage) => {
    const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
    const id = await ann.singleWith(bob);
    const filling = Date.now();
    // One sender at a time, so that the texts bear their seqs.
    await fill([ann], id, COUNT / 2);
    await fill([bob], id, COUNT / 2, (number) => textOf(COUNT / 2 + number));
    stage.say(`${COUNT} messages written in ${Date.now() - filling} ms`);

    const within = await stage.context(ann.username);
    await within.context.addInitScript(watch);
    const app = await stage.window(ann, { within });
    await app.row(bob.username).waitFor();
    const opened = Date.now();
    await app.row(bob.username).click();
    await app.messages.getByText(new RegExp(`^${COUNT}: `)).waitFor();
    stage.say(`from the press on the conversation to its newest message: ${Date.now() - opened} ms`);

    const box = /** @type {{ x: number, y: number, width: number, height: number }} */ (
      await app.scroller.boundingBox()
    );
    await app.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await app.page.evaluate(() => {
      /** @type {any} */ (window).tasks.length = 0;
    });
    const scrolling = Date.now();
    let wheels = 0;
    for (let stuck = 0; stuck < 40; ) {
      const before = await drawn(app);
      if (before.oldest === 1 && (await app.scroller.evaluate((at) => at.scrollTop)) === 0) break;
      await app.page.mouse.wheel(0, -2_000);
      wheels += 1;
      await app.page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
      );
      stuck = (await drawn(app)).oldest === before.oldest ? stuck + 1 : 0;
    }
    assert.equal((await drawn(app)).oldest, 1, "the first message is reached");
    const { tasks, most } = await app.page.evaluate(() => ({
      tasks: /** @type {any} */ (window).tasks,
      most: /** @type {any} */ (window).most,
    }));
    const durations = tasks.map((/** @type {any} */ task) => task.duration);
    const longest = Math.max(0, ...durations);
    stage.say(
      `scrolled through all in ${Date.now() - scrolling} ms and ${wheels} turns of the wheel: ${durations.length} tasks over 50 ms, ` +
        `the longest ${longest.toFixed(0)} ms; at most ${most} elements in the document`,
    );
    assert.ok(most <= MOST_ELEMENTS, `${most} elements`);

    await app.page.getByRole("button", { name: /^To the newest message/ }).click();
    await app.messages.getByText(new RegExp(`^${COUNT}: `)).waitFor();
  },
  { timeout: 300_000 },
);

scene(
  "loading older messages moves nothing that is read",
  async (stage) => {
    const [ann, bob] = [await stage.register("ann"), await stage.register("bob")];
    const id = await ann.singleWith(bob);
    await fill([ann], id, 600);
    // To who wrote them, none is unread: one begins at the newest.
    const app = await stage.window(ann);
    await app.page.goto(`${app.url}/#/c/${id}`);
    await app.messages.getByRole("listitem").first().waitFor();
    await app.messages.getByText(/^600: /).waitFor();

    const box = /** @type {{ x: number, y: number, width: number, height: number }} */ (
      await app.scroller.boundingBox()
    );
    await app.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    let checked = 0;
    for (let turn = 0; turn < 200; turn += 1) {
      await app.page.mouse.wheel(0, -600);
      const moved = await app.page.evaluate(async () => {
        const scroller = /** @type {HTMLElement} */ (document.querySelector(".messages"));
        const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
        /** The first row in the window. */
        const top = () =>
          [...scroller.querySelectorAll(".message-row")].find(
            (row) => row.getBoundingClientRect().bottom > scroller.getBoundingClientRect().top + 1,
          );
        // The wheel has done its work once a row stands still.
        let row = top();
        for (let last = Number.NaN; row && row.getBoundingClientRect().top !== last; row = top()) {
          last = row.getBoundingClientRect().top;
          await frame();
          await frame();
        }
        const text = row?.querySelector(".text")?.textContent ?? "";
        const before = row?.getBoundingClientRect().top ?? 0;
        // Older ones come, or do not: a tenth of a second is many frames.
        for (let frames = 0; frames < 6; frames += 1) await frame();
        const after = [...scroller.querySelectorAll(".message-row")].find(
          (one) => one.querySelector(".text")?.textContent === text,
        );
        return {
          text,
          shift: (after?.getBoundingClientRect().top ?? Number.NaN) - before,
          atTop: scroller.scrollTop === 0,
        };
      });
      assert.ok(Math.abs(moved.shift) <= 1, `"${moved.text}" moved by ${moved.shift} pixels`);
      checked += 1;
      if (moved.atTop && (await app.texts())[0]?.startsWith("1: ")) break;
    }
    stage.say(`a row was looked at ${checked} times while older ones came; none moved`);
    assert.ok((await app.texts())[0]?.startsWith("1: "), "the first message is reached");
    await wait("the beginning is said", () => app.page.getByText("This is where the conversation begins.").isVisible());
  },
  { timeout: 240_000 },
);

/** @param {number} number */
function textOf(number) {
  return number % 29 === 0
    ? `${number}: ${"a longer text with a link to https://example.org/page ".repeat(8)}`
    : `${number}: a short answer`;
}
