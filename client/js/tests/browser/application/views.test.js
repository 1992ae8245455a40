// Every view in light and dark, wide and narrow, and in Chinese: drawn to out/screenshots, to be judged by eye, and looked over by
// axe-core, which may have nothing serious to say.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { findings } from "../harness/accessibility.js";
import { isFull, scene } from "../harness/stage.js";
import { Scene, strangersViews, views } from "../harness/views.js";

const out = new URL("../out/screenshots/", import.meta.url).pathname;
const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };
mkdirSync(out, { recursive: true });

// A short run draws each size and each scheme once.
for (const scheme of /** @type {const} */ (["light", "dark"])) {
  for (const size of /** @type {const} */ (["wide", "narrow"])) {
    if (!isFull && (scheme === "light") !== (size === "wide")) continue;
    scene(
      `every view, ${scheme} and ${size}`,
      async (stage) => {
        const there = await Scene.make(stage);
        try {
          const options = {
            colorScheme: scheme,
            viewport: sizes[size],
            problems: [/status of 401/, /WebSocket/, /ERR_INTERNET_DISCONNECTED/],
          };
          const stranger = await stage.window(null, options);
          // Margaret and Grace are online.
          await stage.plain(there.people.grace);
          const ada = await stage.window(there.people.ada, options);
          /** What is found, and where first. @type {Map<string, string>} */
          const found = new Map();
          for (const [app, some] of /** @type {const} */ ([
            [stranger, strangersViews],
            [ada, views],
          ])) {
            for (const view of some) {
              const at = { app, scene: there, isNarrow: size === "narrow" };
              await view.go(at);
              await app.page.screenshot({
                path: `${out}${view.name}-${scheme}-${size}.png`,
                animations: "disabled",
                caret: "hide",
              });
              for (const one of await findings(app.page)) if (!found.has(one)) found.set(one, view.name);
              await view.leave?.(at);
            }
          }
          assert.deepEqual([...found], []);
          stage.say(`${views.length + strangersViews.length} views drawn to ${out}`);
        } finally {
          there.close();
        }
      },
      { timeout: 240_000 },
    );
  }
}

scene("the main views in Chinese", async (stage) => {
  const there = await Scene.make(stage);
  try {
    const options = { locale: "zh-CN", problems: [/status of 401/] };
    const { ada, grace } = there.people;
    const stranger = await stage.window(null, options);
    await stranger.page.getByRole("button", { name: "登录" }).waitFor();
    const { context, problems } = await stage.context(ada.username, options);
    // The language that was chosen counts more than the browser's.
    await context.addInitScript(() => {
      // An empty page has none.
      if (location.protocol.startsWith("http")) localStorage.setItem("gochat.language", "zh");
    });
    const app = await stage.window(null, { within: { context, problems } });
    await app.page.getByLabel("用户名").fill(ada.username);
    await app.page.getByLabel("密码", { exact: true }).fill(ada.password);
    await app.page.getByRole("tabpanel").getByRole("button", { name: "登录" }).click();
    const list = app.page.getByRole("listbox", { name: "会话" }).getByRole("option");
    await list.filter({ hasText: grace.username }).waitFor();
    const { page } = app;
    const dialog = page.getByRole("dialog").last();
    const draw = async (/** @type {string} */ name, from = page) => {
      for (const [size, viewport] of Object.entries(sizes)) {
        for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
          await from.setViewportSize(viewport);
          await from.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          const path = `${out}zh-${name}-${colorScheme}-${size}.png`;
          await from.screenshot({ path, animations: "disabled", caret: "hide" });
        }
      }
      await from.setViewportSize(sizes.wide);
      assert.deepEqual(await findings(from), [], name);
    };
    await draw("welcome", stranger.page);
    await draw("list");
    await list.filter({ hasText: grace.username }).click();
    await page.getByText("你好！中文消息也没有问题。").last().waitFor();
    await draw("conversation");
    await list.filter({ hasText: "Compiler team" }).click();
    await page.getByRole("button", { name: "详情" }).click();
    await dialog.getByText("4 位成员").waitFor();
    await draw("group-details");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^好友/ }).click();
    await dialog.getByText(grace.username).waitFor();
    await draw("friends");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /个人资料与设置/ }).click();
    await dialog.getByRole("button", { name: "退出登录" }).waitFor();
    await draw("profile");
    // No word was forgotten.
    const english = await page.evaluate(() =>
      (document.body.textContent ?? "").match(/\b(people|shell|sidebar|conversation|welcome|banner)\.[a-zA-Z.-]+/g),
    );
    assert.equal(english, null);
  } finally {
    there.close();
  }
});
