// Times and days as people say them, in the language of the page.

import { language, t } from "../words/index.js";

/** @type {Map<string, Intl.DateTimeFormat>} Formats are dear to make. */
const formats = new Map();

/** @param {Intl.DateTimeFormatOptions} options */
function format(options) {
  const key = language + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : englishHere(), options);
    formats.set(key, made);
  }
  return made;
}

/** English as the browser's user writes dates: day first or month first. */
function englishHere() {
  return navigator.languages.find((one) => one.toLowerCase().startsWith("en")) ?? "en";
}

/** The local day of a time, both in Unix seconds; days are not all 24 hours long. @param {number} time */
export function dayOf(time) {
  const date = new Date(time * 1000);
  const from = new Date(date.getFullYear(), date.getMonth(), date.getDate());
  const to = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1);
  return { from: from.getTime() / 1000, to: to.getTime() / 1000 };
}

/** Today, Yesterday, or the date. @param {number} time */
export function dayName(time) {
  const today = dayOf(Date.now() / 1000);
  if (time >= today.from && time < today.to) return t("conversation.today");
  const yesterday = dayOf(today.from - 1);
  if (time >= yesterday.from && time < yesterday.to) return t("conversation.yesterday");
  const sameYear = new Date(time * 1000).getFullYear() === new Date().getFullYear();
  const wide = /** @type {const} */ ({ weekday: "long", day: "numeric", month: "long" });
  return format(sameYear ? wide : { day: "numeric", month: "long", year: "numeric" }).format(time * 1000);
}

/** @param {number} time */
export function clock(time) {
  return format({ hour: "2-digit", minute: "2-digit" }).format(time * 1000);
}

/** For a tooltip. @param {number} time */
export function fullTime(time) {
  return format({ dateStyle: "full", timeStyle: "medium" }).format(time * 1000);
}

/** @param {number} number */
export function count(number) {
  return new Intl.NumberFormat(language === "zh" ? "zh-CN" : englishHere()).format(number);
}
