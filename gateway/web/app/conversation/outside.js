// Links out of the page.

import { element } from "../dom.js";

/**
 * A link out of the page: what is behind it learns neither the page nor its window.
 * @param {string} href
 * @param {...(Node | string)} children
 */
export function outside(href, ...children) {
  const props = { href, target: "_blank", rel: "noopener noreferrer", referrerpolicy: "no-referrer", title: href };
  return element("a", props, ...children);
}
