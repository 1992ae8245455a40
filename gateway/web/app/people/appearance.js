// Language and colours of the page.

import { element } from "../dom.js";
import { scheme, setScheme } from "../scheme.js";
import { language, setLanguage, t } from "../words/index.js";
import { part } from "./part.js";

/** @param {() => void} again shows the dialog in the other language */
export function appearancePart(again) {
  const schemes = /** @type {const} */ (["auto", "light", "dark"]);
  return part(
    t("people.appearance"),
    segments(
      "language",
      t("people.language"),
      [
        { value: "en", label: "English", lang: "en" },
        { value: "zh", label: "中文", lang: "zh-Hans" },
      ],
      language(),
      (value) => {
        setLanguage(value === "zh" ? "zh" : "en");
        again();
        /** @type {HTMLElement | null} */ (document.querySelector('dialog input[name="language"]:checked'))?.focus();
      },
    ),
    segments(
      "scheme",
      t("people.scheme"),
      schemes.map((value) => ({ value, label: t(`people.scheme.${value}`) })),
      scheme(),
      (value) => setScheme(schemes.find((one) => one === value) ?? "auto"),
    ),
  );
}

/**
 * A few choices, one of which is taken.
 * @param {string} name @param {string} label @param {{ value: string, label: string, lang?: string }[]} choices
 * @param {string} now @param {(value: string) => void} choose
 */
function segments(name, label, choices, now, choose) {
  return element(
    "fieldset",
    { class: "setting" },
    element("legend", {}, label),
    element(
      "div",
      { class: "segments" },
      ...choices.map(({ value, label, lang }) =>
        element(
          "label",
          { lang },
          element("input", { type: "radio", name, value, checked: value === now, onchange: () => choose(value) }),
          label,
        ),
      ),
    ),
  );
}
