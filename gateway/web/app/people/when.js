// Times as people say them.

import { language } from "../words/index.js";

const locale = () => (language() === "zh" ? "zh-CN" : "en");
const STEPS = /** @type {const} */ ([
  ["minute", 60],
  ["hour", 3600],
  ["day", 86_400],
]);

/** @param {number} seconds Unix time */
export function date(seconds) {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium" }).format(seconds * 1000);
}

/** "5 minutes ago"; after a week the day. @param {number} seconds Unix time */
export function ago(seconds) {
  const passed = Math.max(0, Date.now() / 1000 - seconds);
  if (passed > 7 * 86_400) return date(seconds);
  const [unit, length] = STEPS.filter(([, length]) => passed >= length).at(-1) ?? STEPS[0];
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(-Math.floor(passed / length), unit);
}
