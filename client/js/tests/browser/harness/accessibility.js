// axe-core over what is shown.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const source = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serious and critical findings, each in a line. @param {import("playwright-core").Page} page */
export async function findings(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await source);
  const { violations } = await page.evaluate(() =>
    /** @type {any} */ (window).axe.run(document, { resultTypes: ["violations"] }),
  );
  return violations
    .filter((/** @type {any} */ one) => one.impact === "serious" || one.impact === "critical")
    .flatMap((/** @type {any} */ one) =>
      one.nodes.map(
        (/** @type {any} */ node) =>
          `${one.id} (${one.impact}): ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`,
      ),
    );
}
