// What went wrong, in a sentence for people.

import { t } from "../words/index.js";

/**
 * @param {unknown} error
 * @param {string} [about] what was tried, where the reason means something special there: `friend`, `chat`
 */
export function sentence(error, about) {
  const { code, retryAfter } = /** @type {{ code?: unknown, retryAfter?: number }} */ (error ?? {});
  if (code === "RATE_LIMITED" && retryAfter)
    return t("people.error.RATE_LIMITED.wait", { n: Math.ceil(retryAfter / 1000) });
  const keys = [`people.error.${code}.${about}`, `people.error.${code}`];
  const known = keys.find((key) => t(key) !== key);
  return t(known ?? "people.error");
}

/** @param {unknown} error @param {...string} codes */
export function isOneOf(error, ...codes) {
  return codes.includes(/** @type {{ code?: string }} */ (error)?.code ?? "");
}

/**
 * A sentence that counts: the key ends in `.one` or `.many`.
 * @param {string} key @param {number} n @param {Record<string, string | number>} [more]
 */
export function counted(key, n, more) {
  return t(`${key}.${n === 1 ? "one" : "many"}`, { n, ...more });
}
