// The operator's page: off without a token, closed to whoever has a wrong one, and what it shows and does with the right one.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { findings } from "../harness/accessibility.js";
import { scene } from "../harness/stage.js";
import { eventually, wait } from "../harness/wait.js";

const TOKEN = "an operator's token of more than 32 bytes";
const screenshots = new URL("../out/screenshots/", import.meta.url).pathname;

scene("there is no operator's page where no token is set", async (stage) => {
  const { url } = stage.place.gateways[0];
  assert.equal((await fetch(`${url}/admin/api/stats`, { headers: { authorization: "Bearer " } })).status, 404);
});

scene(
  "shows sessions, rates, gateways and queues as they move, and pushes with a result for each user",
  async (stage) => {
    const [ann, bob, eve] = [await stage.register("ann"), await stage.register("bob"), await stage.register("eve")];
    const [atFirst, atSecond] = [await stage.plain(ann, { gateway: 0 }), await stage.plain(bob, { gateway: 1 })];
    const { context } = await stage.context("operator", { problems: [/status of 401/] });
    const page = await context.newPage();
    await page.goto(`${stage.place.gateways[0].page}/admin/`);
    await page.getByLabel("Operator’s token").fill("a token that is long enough but wrong, alas");
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByRole("alert").filter({ hasText: /./ }).waitFor();
    await page.getByLabel("Operator’s token").fill(TOKEN);
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByRole("heading", { name: "Gateways" }).waitFor();
    await wait("both gateways are listed", async () => (await page.locator("#gateways tbody tr").count()) >= 2);

    const charts = page.locator(".chart");
    await wait("charts", async () => (await charts.count()) >= 4);
    const spoken = () =>
      charts.getByRole("img").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")).join("\n"));
    await wait("two sessions in a chart", async () => /[Ss]essions.*\b2\b/.test(await spoken()));
    const still = await spoken();
    const id = await ann.singleWith(bob);
    for (let count = 0; count < 50; count += 1)
      await atFirst.run((chat, [id, text]) => chat.send(id, text), [id, `message ${count}`]);
    await wait("the charts move", async () => (await spoken()) !== still);

    await page.getByLabel("User ids").fill(`${ann.id}, ${bob.id}\n${eve.id} nobody`);
    await page.getByLabel("Data").fill('{"text": "Maintenance at noon"}');
    await page.getByRole("button", { name: "Push", exact: true }).click();
    await page.getByText("Delivered to 2 of 4 users").waitFor();
    for (const plain of [atFirst, atSecond]) {
      await eventually(assert.deepEqual, async () => (await plain.seen("push")).map((e) => e.data.text), [
        "Maintenance at noon",
      ]);
    }
    await page.getByLabel("Kept for").fill("60");
    await page.getByRole("button", { name: "Push", exact: true }).click();
    await page
      .locator("#push-results")
      .getByText(/queued/i)
      .first()
      .waitFor();
    await page.getByLabel("Data").fill("<script>");
    await page.getByRole("button", { name: "Push", exact: true }).click();
    assert.equal(
      await page.getByLabel("Data").evaluate((at) => /** @type {HTMLTextAreaElement} */ (at).validity.valid),
      false,
    );

    mkdirSync(screenshots, { recursive: true });
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      for (const [size, viewport] of Object.entries({
        wide: { width: 1280, height: 800 },
        narrow: { width: 390, height: 844 },
      })) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.setViewportSize(viewport);
        await page.screenshot({ path: `${screenshots}operator-${colorScheme}-${size}.png`, fullPage: true });
        assert.deepEqual(await findings(page), [], `${colorScheme}, ${size}`);
      }
    }
    // The token is kept by the tab alone.
    await page.reload();
    await page.getByRole("heading", { name: "Gateways" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Operator’s token").waitFor();
  },
  { own: true, gateways: 2, settings: { ADMIN_TOKEN: TOKEN } },
);
