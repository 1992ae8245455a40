// When it was, as short as it can be said.

import { language, t } from "../words/index.js";

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} name @param {Intl.DateTimeFormatOptions} options */
function format(name, options) {
  const key = `${language()} ${name}`;
  let made = formats.get(key);
  if (!made) {
    const english = navigator.languages.find((one) => one.toLowerCase().startsWith("en")) ?? "en";
    made = new Intl.DateTimeFormat(language() === "zh" ? "zh-CN" : english, options);
    formats.set(key, made);
  }
  return made;
}

/** Today the time, then the day, then the date. @param {number} seconds */
export function shortTime(seconds) {
  if (!seconds) return "";
  const time = new Date(seconds * 1000);
  const now = new Date();
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  if (time >= midnight) return format("clock", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(time);
  const days = Math.ceil((midnight.getTime() - time.getTime()) / 86_400_000);
  if (days <= 1) return t("sidebar.yesterday");
  if (days < 7) return format("weekday", { weekday: "short" }).format(time);
  if (time.getFullYear() === now.getFullYear()) return format("day", { day: "numeric", month: "short" }).format(time);
  return format("date", { day: "numeric", month: "numeric", year: "numeric" }).format(time);
}

/** Calls at each midnight, when "today" changes. @param {() => void} call @param {AbortSignal} signal */
export function atMidnight(call, signal) {
  let timer = 0;
  const wait = () => {
    const now = new Date();
    const next = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 0, 0, 1);
    timer = setTimeout(() => {
      call();
      wait();
    }, next.getTime() - now.getTime());
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  wait();
}
