// Fields of a form, each with a label, a hint, and what is wrong with it.

import { element, icon } from "./dom.js";
import { t } from "./words/index.js";

let made = 0;

/** @param {{ name: string, label: string, autocomplete: string, maxlength?: number, type?: string }} options */
export function textField({ name, label, autocomplete, maxlength, type = "text" }) {
  const id = `field-${++made}`;
  const input = element("input", {
    id,
    name,
    type,
    autocomplete,
    maxlength,
    autocapitalize: "none",
    spellcheck: "false",
    "aria-required": "true",
  });
  const hint = element("span", { class: "hint", id: `${id}-hint`, hidden: true });
  const problem = element("span", { class: "problem", id: `${id}-problem`, role: "alert", hidden: true });
  const whole = element("div", { class: "field" }, element("label", { for: id }, label), input, hint, problem);

  const describe = () => {
    const by = [problem, hint].filter((one) => !one.hidden).map((one) => one.id);
    if (by.length) input.setAttribute("aria-describedby", by.join(" "));
    else input.removeAttribute("aria-describedby");
  };
  let hintText = "";
  const show = () => {
    hint.textContent = hintText;
    hint.hidden = !hintText || !problem.hidden;
    describe();
  };
  return {
    element: whole,
    input,
    /** @param {string} text */
    hint(text) {
      hintText = text;
      show();
    },
    /** @param {string} text empty: nothing is wrong */
    problem(text) {
      problem.textContent = text;
      problem.hidden = !text;
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      show();
    },
  };
}

/** With a button that shows what was typed. @param {{ name: string, label: string }} options */
export function passwordField({ name, label }) {
  const field = textField({ name, label, autocomplete: "current-password", type: "password" });
  const button = element("button", {
    class: "icon-button",
    type: "button",
    "aria-label": t("welcome.password.show"),
    "aria-pressed": "false",
  });
  const show = (/** @type {boolean} */ visible) => {
    field.input.type = visible ? "text" : "password";
    button.setAttribute("aria-pressed", String(visible));
    button.title = t(visible ? "welcome.password.hide" : "welcome.password.show");
    button.replaceChildren(icon(visible ? "eye-off" : "eye"));
  };
  button.addEventListener("click", () => show(field.input.type === "password"));
  show(false);
  const box = element("div", { class: "password" });
  field.input.replaceWith(box);
  box.append(field.input, button);
  return field;
}
