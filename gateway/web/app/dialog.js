// Modal dialogs on <dialog>: what is behind is inert, Esc closes, and the focus goes back to where it came from.

import { element, icon } from "./dom.js";
import { addWords, t } from "./words/index.js";

addWords({ en: { "dialog.close": "Close" }, zh: { "dialog.close": "关闭" } });

const SAID_FOR = 6000;

/**
 * @typedef {object} DialogOptions
 * @property {string} title
 * @property {Node | Node[]} content
 * @property {Node[]} [actions] the buttons at its foot
 * @property {string} [class] more classes
 * @property {"dialog" | "alertdialog"} [role]
 * @property {string} [describedBy] id of the text that a screen reader says on opening
 * @property {HTMLElement} [focus] what has the focus first; default: the title
 *
 * @typedef {object} Dialog
 * @property {HTMLDialogElement} element
 * @property {(value?: unknown) => void} close closes it, and what lies above it
 * @property {Promise<unknown>} closed with what was passed to `close`
 * @property {AbortSignal} signal aborted on closing: for listeners that are to end with the dialog
 * @property {(text: string) => void} say tells politely what was done, to eyes and screen readers
 * @property {(title: string) => void} setTitle
 * @property {Element | null} opener what had the focus before
 */

/** Those that are open, the topmost last. @type {Dialog[]} */
const open = [];
let made = 0;

/** @param {DialogOptions} options @returns {Dialog} */
export function openDialog({ title, content, actions = [], role, describedBy, focus, class: more }) {
  const over = new AbortController();
  const titleId = `dialog-title-${++made}`;
  const heading = element("h2", { id: titleId, class: "dialog-title", tabindex: "-1" }, title);
  const cross = { type: "button", class: "icon-button dialog-cross", "aria-label": t("dialog.close") };
  const { element: status, say } = statusLine(over.signal);
  const shown = element(
    "dialog",
    {
      class: more ? `dialog ${more}` : "dialog",
      role: role === "alertdialog" ? role : undefined,
      "aria-labelledby": titleId,
      "aria-describedby": describedBy,
    },
    element(
      "header",
      { class: "dialog-head" },
      heading,
      element("button", { ...cross, onclick: () => close() }, icon("close")),
    ),
    element("div", { class: "dialog-body" }, ...[content].flat()),
    status,
    actions.length > 0 && element("footer", { class: "dialog-actions" }, ...actions),
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
    if (!shown.open) return;
    for (const above of open.slice(open.indexOf(dialog) + 1).reverse()) above.close();
    result = value;
    shown.close();
  }
  /** @type {Dialog} */
  const dialog = {
    element: shown,
    close,
    closed,
    signal: over.signal,
    say,
    setTitle: (text) => heading.replaceChildren(text),
    opener: document.activeElement,
  };

  shown.addEventListener("close", () => {
    open.splice(open.indexOf(dialog), 1);
    over.abort();
    giveBack(dialog);
    shown.remove();
    settle(result);
  });
  closeFromOutside(shown, () => role !== "alertdialog" && !hasTyped(shown), close);
  document.body.append(shown);
  open.push(dialog);
  shown.showModal();
  (focus ?? heading).focus();
  return dialog;
}

/** Closes all that are open. */
export function closeDialogs() {
  open[0]?.close();
}

/** The line that tells what was done, for a while. @param {AbortSignal} signal */
function statusLine(signal) {
  const line = element("p", { class: "dialog-status small", role: "status" });
  let timer = 0;
  /** @param {string} text */
  const say = (text) => {
    clearTimeout(timer);
    // The same text again is news too.
    line.textContent = "";
    timer = setTimeout(() => {
      line.textContent = text;
      timer = setTimeout(() => line.replaceChildren(), SAID_FOR);
    }, 50);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  return { element: line, say };
}

/**
 * The focus goes back to what had it. Where that is gone: to what has the same `data-key` now, as what is rendered anew has, or to
 * the title of the dialog below.
 * @param {Dialog} closed
 */
function giveBack({ element: gone, opener }) {
  // Who was opened from it, and outlives it, gives the focus back to where this one would have.
  for (const other of open) if (other.opener && gone.contains(other.opener)) other.opener = opener;
  const top = open.at(-1)?.element;
  const focused = document.activeElement;
  const isOutside = focused && focused !== document.body && !gone.contains(focused);
  // It is where it should be already: the browser put it there, or who was told of the choice.
  if (isOutside && (!top || (focused !== top && top.contains(focused)))) return;
  const key = opener instanceof HTMLElement && opener.dataset.key;
  const again = key ? (top ?? document).querySelector(`[data-key="${CSS.escape(key)}"]`) : null;
  const isThere = opener?.isConnected && opener !== document.body;
  const next = isThere ? opener : (again ?? top?.querySelector(".dialog-title"));
  if (next instanceof HTMLElement) next.focus({ preventScroll: true });
}

/**
 * A click beside the dialog closes it, unless what was typed would be lost.
 * @param {HTMLDialogElement} shown @param {() => boolean} may @param {() => void} close
 */
function closeFromOutside(shown, may, close) {
  let pressed = false;
  const isOutside = (/** @type {MouseEvent} */ event) => {
    const { left, right, top, bottom } = shown.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    return event.target === shown && (x < left || x > right || y < top || y > bottom);
  };
  shown.addEventListener("pointerdown", (event) => {
    pressed = isOutside(event);
  });
  shown.addEventListener("click", (event) => {
    if (pressed && isOutside(event) && may()) close();
    pressed = false;
  });
}

/** @param {Element} shown */
function hasTyped(shown) {
  const fields = /** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement>} */ (
    shown.querySelectorAll('input:not([type="checkbox"], [type="radio"]), textarea')
  );
  return [...fields].some((field) => field.value !== field.defaultValue);
}
