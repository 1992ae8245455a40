// A picture by its address: a box of the right shape while it loads, words when it does not.

import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { outside } from "./outside.js";
import { fields } from "./system.js";
import { safeLink } from "./text.js";

/** @typedef {import("./content.js").Said} Said */

/** Width through height of pictures that were loaded: drawn again, they have their shape at once. @type {Map<string, number>} */
const shapes = new Map();
const REMEMBERED = 500;
/** Addresses that did not load, so that they are not asked for at each passing. @type {Set<string>} */
const broken = new Set();

/** @param {Said} said @param {string} id */
export function picture(said, id) {
  const href = safeLink(said.content);
  if (!href) return element("p", { class: "text", dir: "auto", id }, said.content);
  const link = outside(href);
  link.classList.add("picture");
  link.id = id;
  link.setAttribute("aria-label", `${t("conversation.image")}. ${t("conversation.open-image")}`);
  if (broken.has(href)) {
    instead(link, href);
    return link;
  }
  shape(link, shapes.get(href) ?? told(said.extra) ?? 4 / 3);
  const image = element("img", { alt: t("conversation.image"), loading: "lazy", decoding: "async" });
  image.referrerPolicy = "no-referrer";
  image.addEventListener("load", () => {
    if (image.naturalWidth > 0) {
      const ratio = image.naturalWidth / image.naturalHeight;
      if (shapes.size >= REMEMBERED) shapes.clear();
      shapes.set(href, ratio);
      shape(link, ratio);
    }
    link.classList.add("loaded");
  });
  image.addEventListener("error", () => {
    if (broken.size >= REMEMBERED) broken.clear();
    broken.add(href);
    instead(link, href);
  });
  image.src = href;
  link.append(image);
  return link;
}

/** @param {HTMLElement} box @param {number} ratio */
function shape(box, ratio) {
  box.style.setProperty("--ratio", String(Math.min(3, Math.max(0.5, ratio))));
}

/** The sender may have told how large it is. @param {string} extra */
function told(extra) {
  const { width, height } = fields(extra);
  return width > 0 && height > 0 ? Number(width) / Number(height) : undefined;
}

/** @param {HTMLElement} link @param {string} href */
function instead(link, href) {
  const words = element("span", { class: "file-words" });
  words.append(element("span", { class: "file-kind" }, t("conversation.image-failed")));
  words.append(element("span", { class: "file-name" }, href));
  link.className = "file";
  link.closest(".bubble")?.classList.remove("framed");
  // Its words name it now.
  link.removeAttribute("aria-label");
  link.replaceChildren(icon("image"), words);
}

/** A picture that could not be loaded may be there now. */
export function forgetBroken() {
  broken.clear();
}
