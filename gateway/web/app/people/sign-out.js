// Signing out. What was not sent yet would be lost, and a guest cannot come back: both are said first.

import { closeDialogs } from "../dialog.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { confirmDialog } from "./confirm.js";
import { once } from "./form.js";
import { counted, sentence } from "./sentences.js";

/** @param {import("/gochat.js").GoChat} chat @param {() => void} onSignedOut */
export function signOutButton(chat, onSignedOut) {
  const problem = element("p", { class: "problem", role: "alert" });
  const button = element("button", { type: "button", class: "button danger" }, icon("exit"), t("people.signOut"));
  const leave = async () => {
    problem.textContent = "";
    const unsent = await chat.unsent().catch(() => 0);
    const question = asked(unsent, chat.user?.isGuest === true);
    if (!question) await chat.signOut();
    else {
      const options = { ...question, confirm: t("people.signOut"), run: () => chat.signOut() };
      if (!(await confirmDialog(options))) return;
    }
    closeDialogs();
    onSignedOut();
  };
  const failed = (/** @type {unknown} */ error) => {
    problem.textContent = sentence(error);
  };
  button.addEventListener("click", once(button, leave, { failed }));
  return element("div", { class: "ends-inner" }, button, problem);
}

/** What is asked first, if anything. @param {number} unsent @param {boolean} isGuest */
function asked(unsent, isGuest) {
  if (isGuest) {
    const lost = unsent > 0 ? ` ${t("people.signOutGuestUnsent", { n: unsent })}` : "";
    return { title: t("people.signOutGuestTitle"), text: t("people.signOutGuestText") + lost };
  }
  return unsent > 0 && { title: t("people.signOutTitle"), text: counted("people.signOutText", unsent) };
}
