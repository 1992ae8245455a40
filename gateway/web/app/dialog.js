// Modal dialogs on <dialog>: what is behind is inert, Esc closes, and the focus goes back to where it came from.

import { element, icon } from "./dom.js";
import { addWords, t } from "./words/index.js";

addWords({
  en: { "dialog.close": "Close", "dialog.cancel": "Cancel" },
  zh: { "dialog.close": "关闭", "dialog.cancel": "取消" },
});

/**
 * @typedef {object} Action a button of the dialog's foot
 * @property {string} label
 * @property {"primary" | "danger" | "plain"} [kind]
 * @property {() => unknown} [run] the dialog closes when it is done; it stays when this gives false or fails
 *
 * @typedef {object} DialogOptions
 * @property {string} title
 * @property {Node | string | (Node | string)[]} content
 * @property {(Action | Node)[]} [actions]
 * @property {string} [class] more classes
 * @property {"dialog" | "alertdialog"} [role]
 * @property {string} [describedBy] id of the text that a screen reader says on opening
 * @property {HTMLElement} [focus] what has the focus first; default: what has `autofocus`, else the title
 *
 * @typedef {object} Dialog
 * @property {HTMLDialogElement} element
 * @property {(value?: unknown) => void} close
 * @property {Promise<unknown>} closed with what was passed to `close`
 * @property {AbortSignal} signal aborted on closing: for listeners that are to end with the dialog
 * @property {(text: string) => void} say tells politely what was done, to eyes and screen readers
 * @property {(title: string) => void} setTitle
 */

/** Those that are open, the topmost last. @type {Dialog[]} */
const open = [];
let made = 0;

/** @param {DialogOptions} options @returns {Dialog} */
export function openDialog({ title, content, actions = [], role, describedBy, focus, ...options }) {
  const opener = document.activeElement;
  const over = new AbortController();
  const titleId = `dialog-title-${++made}`;
  const heading = element("h2", { id: titleId, class: "dialog-title", tabindex: "-1" }, title);
  const cross = element(
    "button",
    { type: "button", class: "icon-button dialog-cross", "aria-label": t("dialog.close"), onclick: () => close() },
    icon("close"),
  );
  const status = element("p", { class: "dialog-status small", role: "status" });
  const body = element("div", { class: "dialog-body" });
  body.append(...[content].flat());
  const foot = element("footer", { class: "dialog-actions" }, ...actions.map((action) => button(action, close)));
  const shown = element(
    "dialog",
    {
      class: ["dialog", options.class].filter(Boolean).join(" "),
      role: role === "alertdialog" ? role : undefined,
      "aria-labelledby": titleId,
      "aria-describedby": describedBy,
    },
    element("header", { class: "dialog-head" }, heading, cross),
    body,
    status,
    actions.length > 0 && foot,
  );

  /** @type {(value: unknown) => void} */
  let settle = () => {};
  const closed = new Promise((resolve) => {
    settle = resolve;
  });
  /** @type {unknown} */
  let result;
  /** @param {unknown} [value] */
  function close(value) {
    result = value;
    shown.close();
  }
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let fading;
  /** @param {string} text */
  function say(text) {
    clearTimeout(fading);
    // The same text again is news too.
    status.textContent = "";
    requestAnimationFrame(() => {
      status.textContent = text;
    });
    fading = setTimeout(() => {
      status.textContent = "";
    }, 6000);
  }
  const dialog = {
    element: shown,
    close,
    closed,
    signal: over.signal,
    say,
    setTitle: (/** @type {string} */ text) => heading.replaceChildren(text),
  };

  shown.addEventListener("close", () => {
    clearTimeout(fading);
    open.splice(open.indexOf(dialog), 1);
    over.abort();
    shown.remove();
    giveBack(opener);
    settle(result);
  });
  closeFromOutside(shown, () => role !== "alertdialog" && !hasTyped(shown), close);
  document.body.append(shown);
  open.push(dialog);
  shown.showModal();
  (focus ?? /** @type {HTMLElement | null} */ (shown.querySelector("[autofocus]")) ?? heading).focus();
  return dialog;
}

/** Closes all that are open. */
export function closeDialogs() {
  for (const dialog of [...open].reverse()) dialog.close();
}

/**
 * Asks before something that cannot be undone. `run` is done while the dialog is open, which stays when it fails: `failed` gives
 * the sentence for it.
 * @param {{ title: string, text: string, confirm: string, danger?: boolean, run?: () => unknown, failed?: (error: unknown) => string }} options
 * @returns {Promise<boolean>} whether it was done
 */
export async function confirmDialog({ title, text, confirm, danger = true, run, failed }) {
  const textId = `dialog-text-${++made}`;
  const alert = element("p", { class: "problem", role: "alert" });
  const no = element(
    "button",
    { type: "button", class: "button", onclick: () => dialog.close(false) },
    t("dialog.cancel"),
  );
  const yes = button({
    label: confirm,
    kind: danger ? "danger" : "primary",
    run: async () => {
      alert.textContent = "";
      try {
        await run?.();
        dialog.close(true);
      } catch (error) {
        alert.textContent = failed ? failed(error) : String(error);
      }
    },
  });
  const dialog = openDialog({
    title,
    content: [element("p", { id: textId }, text), alert],
    actions: [no, yes],
    role: "alertdialog",
    describedBy: textId,
    class: "dialog-confirm",
    focus: no,
  });
  return (await dialog.closed) === true;
}

/** @param {Action | Node} action @param {(value?: unknown) => void} [close] @returns {Node} */
function button(action, close) {
  if (action instanceof Node) return action;
  const { label, kind, run } = action;
  let running = false;
  const made = element("button", { type: "button", class: ["button", kind].filter(Boolean).join(" ") }, label);
  made.addEventListener("click", async () => {
    if (running) return;
    running = true;
    made.setAttribute("aria-busy", "true");
    made.setAttribute("aria-disabled", "true");
    try {
      if ((await run?.()) !== false) close?.();
    } finally {
      running = false;
      made.removeAttribute("aria-busy");
      made.removeAttribute("aria-disabled");
    }
  });
  return made;
}

/**
 * A click beside the dialog closes it, unless what was typed would be lost.
 * @param {HTMLDialogElement} shown @param {() => boolean} may @param {() => void} close
 */
function closeFromOutside(shown, may, close) {
  let pressed = false;
  shown.addEventListener("pointerdown", (event) => {
    pressed = event.target === shown && isOutside(shown, event);
  });
  shown.addEventListener("click", (event) => {
    if (pressed && event.target === shown && isOutside(shown, event) && may()) close();
    pressed = false;
  });
}

/** @param {Element} shown @param {MouseEvent} event */
function isOutside(shown, event) {
  const { left, right, top, bottom } = shown.getBoundingClientRect();
  return event.clientX < left || event.clientX > right || event.clientY < top || event.clientY > bottom;
}

/** @param {Element} shown */
function hasTyped(shown) {
  const fields = /** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement>} */ (
    shown.querySelectorAll('input:not([type="checkbox"], [type="radio"]), textarea')
  );
  return [...fields].some((field) => field.value !== field.defaultValue);
}

/** The focus goes to what had it, or, when that is gone, to the dialog below. @param {Element | null} opener */
function giveBack(opener) {
  const isThere = opener instanceof HTMLElement && opener.isConnected && opener !== document.body;
  /** @type {HTMLElement | null | undefined} */
  const next = isThere ? opener : open.at(-1)?.element.querySelector(".dialog-title");
  next?.focus();
}
