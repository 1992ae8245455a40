// Asks before something that cannot be undone.

import { openDialog } from "../dialog.js";
import { element } from "../dom.js";
import { t } from "../words/index.js";
import { workButton } from "./form.js";
import { sentence } from "./sentences.js";

let made = 0;

/**
 * `run` is done while the question is open, which stays when it fails, and says why.
 * @param {{ title: string, text: string, confirm: string, run: () => unknown }} options
 * @returns {Promise<boolean>} whether it was done
 */
export async function confirmDialog({ title, text, confirm, run }) {
  const id = `question-${++made}`;
  const problem = element("p", { class: "problem", role: "alert" });
  let isDone = false;
  /** @type {Promise<unknown>} */
  let running = Promise.resolve();
  const no = element("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("people.cancel"));
  const yes = workButton({
    label: confirm,
    class: "danger",
    run: async () => {
      problem.textContent = "";
      running = Promise.resolve(run());
      await running;
      isDone = true;
      dialog.close();
    },
    failed: (error) => {
      problem.textContent = sentence(error);
    },
  });
  const dialog = openDialog({
    title,
    content: [element("p", { id }, text), problem],
    actions: [no, yes],
    role: "alertdialog",
    describedBy: id,
    class: "dialog-confirm",
    focus: no,
  });
  await dialog.closed;
  // Esc hides the question, and stops nothing that is under way.
  await running.catch(() => {});
  return isDone;
}
