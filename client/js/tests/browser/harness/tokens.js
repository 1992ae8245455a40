// Access tokens that end sooner than a quarter of an hour, made with the servers' own secret.

import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * From now on the context's sign-ins and refreshes bring tokens that live for so many seconds, while `told` is what they say of
 * themselves, as when the page's clock or the server's is wrong.
 *
 * @param {import("playwright-core").BrowserContext} context @param {string} folder of the servers
 * @param {{ seconds: number, told?: number, times?: number }} life `times`: how many answers are changed
 */
export async function shortenTokens(context, folder, { seconds, told = seconds, times = 1 }) {
  const secret = (await readFile(join(folder, "data/jwt_secret"), "utf8")).trim();
  const counted = { refreshes: 0 };
  let left = times;
  await context.route(/\/api\/auth\/(login|refresh|guest)$/, async (route) => {
    if (route.request().url().endsWith("refresh")) counted.refreshes += 1;
    const answer = await route.fetch();
    const body = await answer.json();
    if (!answer.ok() || left === 0) return route.fulfill({ response: answer });
    left -= 1;
    const [header, claims] = body.data.accessToken.split(".");
    const now = Math.floor(Date.now() / 1000);
    const changed = {
      ...JSON.parse(Buffer.from(claims, "base64url").toString()),
      exp: now + seconds,
      iat: now + seconds - told,
    };
    const signed = `${header}.${Buffer.from(JSON.stringify(changed)).toString("base64url")}`;
    body.data.accessToken = `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
    body.data.expiresIn = now + told;
    return route.fulfill({ response: answer, json: body });
  });
  return counted;
}
