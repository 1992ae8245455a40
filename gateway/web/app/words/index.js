// What the application says, in English and Chinese. Each part of it adds its own words.

/** @typedef {"en" | "zh"} Language */

const STORED = "gochat.language";
/** @type {Record<Language, Record<string, string>>} */
const words = { en: {}, zh: {} };

/** @type {Language} */
let used = chosen();

/** The language that was chosen, or the browser's. */
export function language() {
  return used;
}

/** @returns {Language} */
function chosen() {
  const wanted = localStorage.getItem(STORED) ?? navigator.language;
  return wanted.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** Shows everything in another language: who shows words listens to the window's `gochat-language`. @param {Language} wanted */
export function setLanguage(wanted) {
  localStorage.setItem(STORED, wanted);
  use(wanted);
}

/** @param {Language} wanted */
function use(wanted) {
  const other = wanted !== used;
  used = wanted;
  document.documentElement.lang = wanted === "zh" ? "zh-Hans" : "en";
  if (other) dispatchEvent(new Event("gochat-language"));
}

use(used);
// Another tab chose.
addEventListener("storage", (event) => {
  if (event.key === STORED) use(chosen());
});

/** @param {Record<Language, Record<string, string>>} more */
export function addWords(more) {
  Object.assign(words.en, more.en);
  Object.assign(words.zh, more.zh);
}

/**
 * The text for a key; `{name}` in it is replaced by that parameter.
 * @param {string} key
 * @param {Record<string, string | number>} [params]
 */
export function t(key, params = {}) {
  const text = words[used][key] ?? words.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole));
}
