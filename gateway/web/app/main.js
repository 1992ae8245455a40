// Starts the application: takes up the sign-in, and shows the welcome screen or the conversations.

import { GoChat } from "/gochat.js";
import { notice } from "./notices.js";
import { go } from "./route.js";
import { applyScheme } from "./scheme.js";
import { chatScreen } from "./screen.js";
import { welcome } from "./welcome.js";
import { t } from "./words/index.js";
import "./words/shell.js";

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
const chat = new GoChat();
/** @type {{ element: HTMLElement, close(): void } | undefined} */
let screen;
/** Whose screen is shown; undefined before the first. @type {string | null | undefined} */
let shownFor;

applyScheme();
chat.addEventListener("user", ({ detail: { user, reason } }) => {
  if (!user && shownFor) {
    for (const dialog of document.querySelectorAll("dialog")) dialog.close();
    go(null, { replace: true });
    if (reason === "expired" || reason === "ended") notice(t(`welcome.${reason}`), { seconds: 10 });
  }
  show();
});
addEventListener("gochat-language", () => show(true));
// Without what the browser holds (a broken store, a server that does not answer) one can still sign in.
await chat.restore().catch(() => null);
show();

/** @param {boolean} [anew] in another language */
function show(anew = false) {
  const id = chat.user?.id ?? null;
  if (id === shownFor && !anew) return;
  if (shownFor === undefined && anew) return;
  shownFor = id;
  screen?.close();
  screen = id ? chatScreen(chat) : welcome(chat);
  root.replaceChildren(screen.element);
  root.removeAttribute("aria-busy");
}
