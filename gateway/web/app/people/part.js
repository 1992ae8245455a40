import { element } from "../dom.js";

let made = 0;

/** A part of the dialog under a heading. @param {string} title @param {...Node} content */
export function part(title, ...content) {
  const id = `part-${++made}`;
  return element("section", { class: "part", "aria-labelledby": id }, element("h3", { id }, title), ...content);
}
