// What to say when the server, or the way to it, refused.

import { t } from "./words/index.js";

/** Where each reason is said. */
const FIELDS = /** @type {Record<string, "username" | "password">} */ ({
  USER_ALREADY_EXISTS: "username",
  INVALID_USERNAME: "username",
  WEAK_PASSWORD: "password",
});
const KNOWN = ["INVALID_CREDENTIALS", "USER_DISABLED", "USER_NOT_FOUND", "OFFLINE", "TIMEOUT", "SERVICE_UNAVAILABLE"];

/**
 * @param {unknown} error
 * @returns {{ field?: "username" | "password", text(secondsLeft: number): string, seconds: number }} `seconds` to wait
 */
export function problemOf(error) {
  const { code = "", retryAfter = 0 } = /** @type {Partial<import("/gochat.js").GoChatError>} */ (error);
  if (code === "RATE_LIMITED") {
    const seconds = Math.max(1, Math.ceil(retryAfter / 1000));
    return { text: (left) => t("problem.RATE_LIMITED", { seconds: left }), seconds };
  }
  const field = FIELDS[code];
  const text = field || KNOWN.includes(code) ? t(`problem.${code}`) : t("problem.other", { code: code || "?" });
  return { field, text: () => text, seconds: 0 };
}
