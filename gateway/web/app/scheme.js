// Light, dark, or as the system has it.

/** @typedef {"auto" | "light" | "dark"} Scheme */

const STORED = "gochat.scheme";

/** What was chosen. @returns {Scheme} */
export function scheme() {
  const stored = localStorage.getItem(STORED);
  return stored === "light" || stored === "dark" ? stored : "auto";
}

/** @param {Scheme} wanted */
export function setScheme(wanted) {
  if (wanted === "auto") localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, wanted);
  applyScheme();
}

/** Whether the page is dark now. */
export function isDark() {
  const chosen = scheme();
  return chosen === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : chosen === "dark";
}

/** Puts the choice on the page, and on what the browser draws around it. */
export function applyScheme() {
  const chosen = scheme();
  const root = document.documentElement;
  if (chosen === "auto") delete root.dataset.scheme;
  else root.dataset.scheme = chosen;
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", isDark() ? "#1c2026" : "#ffffff");
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyScheme);
// Another tab chose.
addEventListener("storage", (event) => {
  if (event.key === STORED) applyScheme();
});
