// Every view in light and dark, wide and narrow, and in Chinese: drawn to out/screenshots, to be judged by eye, and looked over by
// axe-core, which may have nothing serious to say.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { findings } from "../harness/accessibility.js";
import { scene } from "../harness/stage.js";
import { Scene, strangersViews, views } from "../harness/views.js";

const out = new URL("../out/screenshots/", import.meta.url).pathname;
const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };
mkdirSync(out, { recursive: true });

for (const scheme of /** @type {const} */ (["light", "dark"])) {
  for (const size of /** @type {const} */ (["wide", "narrow"])) {
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
