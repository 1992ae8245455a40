// Toasts: short notices that go away by themselves, for what the user need not answer.

import { element, icon } from "./dom.js";
import { t } from "./words/index.js";

const MOST = 4;
const ICONS = { info: "info", good: "check", bad: "alert" };

/** @type {HTMLElement | undefined} */
let region;

/**
 * Shows a notice. Returns what takes it away.
 * @param {string} text
 * @param {{ kind?: "info" | "good" | "bad", seconds?: number, action?: { text: string, run(): void } }} [options]
 */
export function notice(text, { kind = "info", seconds = kind === "bad" ? 8 : 5, action } = {}) {
  const toasts = shown();
  const toast = element("div", { class: `toast ${kind}` }, icon(ICONS[kind]), element("p", { dir: "auto" }, text));
  let timer = 0;
  const close = () => {
    clearTimeout(timer);
    toast.remove();
    if (!toasts.hasChildNodes() && toasts.matches(":popover-open")) toasts.hidePopover();
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(close, seconds * 1000);
  };
  if (action) {
    const run = () => {
      close();
      action.run();
    };
    toast.append(element("button", { class: "button quiet small", type: "button", onclick: run }, action.text));
  }
  toast.append(
    element(
      "button",
      { class: "icon-button", type: "button", "aria-label": t("shell.dismiss"), onclick: close },
      icon("close"),
    ),
  );
  // Who reads it slowly, or is on its button, keeps it.
  for (const event of ["pointerenter", "focusin"]) toast.addEventListener(event, () => clearTimeout(timer));
  for (const event of ["pointerleave", "focusout"]) toast.addEventListener(event, wait);
  while (toasts.childElementCount >= MOST) toasts.firstElementChild?.remove();
  toasts.append(toast);
  wait();
  return close;
}

/** The live region, in the top layer: above an open dialog. */
function shown() {
  region ??= element("div", { class: "toasts", role: "status", "aria-live": "polite", popover: "manual" });
  if (!region.isConnected) document.body.append(region);
  if (region.matches(":popover-open")) region.hidePopover();
  region.showPopover();
  return region;
}
