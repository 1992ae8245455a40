// The dialogs about people, which are loaded when the first of them is opened.

import { notice } from "./notices.js";
import { t } from "./words/index.js";

/**
 * Opens one of them and resolves when it has been closed. Without a connection they may not be there: then that is said.
 * @param {(people: typeof import("./people/index.js")) => { closed: Promise<unknown> } | Promise<unknown> | void} open
 * @param {string} [back] what has the focus then, if nothing has
 */
export async function withPeople(open, back = ".chats") {
  let people;
  try {
    people = await import("./people/index.js");
  } catch {
    notice(t("shell.notLoaded"), { kind: "bad" });
    return;
  }
  const opened = await open(people);
  if (opened && typeof opened === "object" && "closed" in opened) await opened.closed;
  // What opened it may be gone, or made anew in another language.
  const again = /** @type {HTMLElement | null} */ (document.querySelector(back));
  if (document.activeElement === document.body) again?.focus();
}
