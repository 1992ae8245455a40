// Times and days as people say them, in the language of the page.

import { language, t } from "../words/index.js";

/** English as the browser's user writes dates: day first or month first. */
const english = navigator.languages.find((one) => one.toLowerCase().startsWith("en")) ?? "en";
const locales = { en: english, zh: "zh-CN" };

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const SHAPES = {
  near: { weekday: "long", day: "numeric", month: "long" },
  far: { day: "numeric", month: "long", year: "numeric" },
  clock: { hour: "2-digit", minute: "2-digit" },
  full: { dateStyle: "full", timeStyle: "medium" },
};
/** @type {Map<string, Intl.DateTimeFormat>} Formats are dear to make. */
const formats = new Map();

/** @param {number} time @param {"near" | "far" | "clock" | "full"} shape */
function format(time, shape) {
  const key = language() + shape;
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(locales[language()], SHAPES[shape]);
    formats.set(key, made);
  }
  return made.format(time * 1000);
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
  return format(time, sameYear ? "near" : "far");
}

/** @param {number} time */
export function clock(time) {
  return format(time, "clock");
}

/** For a tooltip. @param {number} time */
export function fullTime(time) {
  return format(time, "full");
}

/** @param {number} number */
export function count(number) {
  return number < 1000 ? String(number) : new Intl.NumberFormat(locales[language()]).format(number);
}
