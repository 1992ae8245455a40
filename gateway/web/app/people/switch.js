// Something that is on or off.

import { element } from "../dom.js";

let made = 0;

/**
 * @param {{ label: string, hint?: string, change: (on: boolean) => unknown }} options
 */
export function switchRow({ label, hint = "", change }) {
  const id = `switch-${++made}`;
  const said = element("p", { class: "hint", id }, hint);
  const input = element("input", {
    type: "checkbox",
    role: "switch",
    class: "switch",
    "aria-describedby": id,
    onchange: () => change(input.checked),
  });
  return {
    element: element("div", { class: "switch-part" }, element("label", { class: "switch-row" }, label, input), said),
    /** @param {{ on: boolean, disabled?: boolean, hint?: string }} state */
    show({ on, disabled = false, hint: text = hint }) {
      input.checked = on;
      input.disabled = disabled;
      said.textContent = text;
    },
  };
}
