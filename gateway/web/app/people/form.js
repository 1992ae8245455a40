// Fields and forms: a label, a hint, what is wrong, and nothing is sent twice.

import { element } from "../dom.js";
import { t } from "../words/index.js";
import { sentence } from "./sentences.js";

let made = 0;

/**
 * @typedef {object} Field
 * @property {HTMLElement} element
 * @property {HTMLInputElement | HTMLTextAreaElement} input
 * @property {(text: string) => false} fail says what is wrong and puts the focus there
 * @property {() => void} clear
 * @property {() => boolean} fits whether the text is not too long
 */

/**
 * @param {{ label: string, hint?: string, optional?: boolean, multiline?: boolean, most?: number, tooLong?: string, [attribute: string]: any }} options
 *   `most`: characters, as the server counts them; nothing is cut off
 * @returns {Field}
 */
export function field({ label, hint, optional, multiline, most, tooLong, ...attributes }) {
  const id = `field-${++made}`;
  const problem = element("p", { class: "problem", id: `${id}-problem`, role: "alert" });
  const hinted = element("p", { class: "hint", id: `${id}-hint` }, hint);
  const input = element(multiline ? "textarea" : "input", {
    id,
    type: multiline ? undefined : "text",
    rows: multiline ? 3 : undefined,
    autocomplete: "off",
    "aria-describedby": `${id}-hint ${id}-problem`,
    ...attributes,
  });
  // So that a click beside a dialog can tell what was typed from what was there.
  input.defaultValue = input.value;
  const left = () => (most ?? Number.POSITIVE_INFINITY) - [...input.value.trim()].length;

  function clear() {
    problem.textContent = "";
    input.removeAttribute("aria-invalid");
  }
  /** @param {string} text @returns {false} */
  function fail(text) {
    problem.textContent = text;
    input.setAttribute("aria-invalid", "true");
    input.focus();
    return false;
  }
  input.addEventListener("input", () => {
    clear();
    if (!most) return;
    const rest = left();
    const isNear = rest < most / 5;
    hinted.textContent = isNear ? t(rest < 0 ? "people.tooLong" : "people.left", { n: Math.abs(rest) }) : (hint ?? "");
    hinted.classList.toggle("problem", rest < 0);
  });
  const name = element(
    "label",
    { for: id },
    label,
    optional && element("span", { class: "soft" }, ` (${t("people.optional")})`),
  );
  return {
    element: element("div", { class: "field" }, name, input, hinted, problem),
    input,
    fail,
    clear,
    fits() {
      if (left() >= 0) return true;
      hinted.textContent = "";
      return fail(tooLong ?? t("people.tooLong", { n: -left() }));
    },
  };
}

/**
 * A form, and the button that sends it, which may stand elsewhere. `run` checks and sends; while it does, the button says so.
 * @param {{ label: string, busy: string, kind?: string, content: (Node | false)[], run: () => unknown, failed?: (error: unknown) => boolean | void }} options
 *   `failed` gives true where it has said what is wrong; else the form does
 */
export function form({ label, busy, kind = "primary", content, run, failed }) {
  const id = `form-${++made}`;
  const alert = element("p", { class: "problem boxed", role: "alert" });
  const button = element("button", { type: "submit", form: id, class: `button ${kind}` }, label);
  const send = once(button, run, {
    busy,
    failed: (error) => {
      if (failed?.(error) !== true) alert.textContent = sentence(error);
    },
  });
  const made_ = element(
    "form",
    {
      id,
      class: "form",
      novalidate: true,
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        alert.textContent = "";
        send();
      },
    },
    ...content,
    alert,
  );
  return { element: made_, button, alert };
}

/**
 * Makes something run once at a time; the button says so meanwhile.
 * @param {HTMLElement} button
 * @param {() => unknown} run
 * @param {{ busy?: string, failed: (error: unknown) => void }} options
 */
export function once(button, run, { busy, failed }) {
  let running = false;
  return async () => {
    if (running) return;
    running = true;
    const label = [...button.childNodes];
    button.setAttribute("aria-busy", "true");
    button.setAttribute("aria-disabled", "true");
    if (busy) button.replaceChildren(busy);
    try {
      await run();
    } catch (error) {
      failed(error);
    } finally {
      running = false;
      if (busy) button.replaceChildren(...label);
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
    }
  };
}

/**
 * A button whose work may fail.
 * @param {{ label: string, name?: string, busy?: string, class?: string, icon?: Node, key?: string, run: () => unknown, failed: (error: unknown) => void }} options
 */
export function workButton({ label, name, busy, class: kind = "", icon, key, run, failed }) {
  const button = element(
    "button",
    { type: "button", class: `button ${kind}`, "aria-label": name, dataset: key ? { key } : {} },
    icon ?? false,
    label,
  );
  button.addEventListener("click", once(button, run, { busy, failed }));
  return button;
}
