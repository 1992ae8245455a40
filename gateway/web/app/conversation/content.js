// What a message says: text with links, a picture, or a link to what cannot be shown here.

import { MessageType } from "/gochat.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { outside } from "./outside.js";
import { picture } from "./picture.js";
import { onlyEmoji, parts, safeLink } from "./text.js";

/** @typedef {{ messageType: number, content: string, extra: string }} Said A message or a draft. */

const FILES = /** @type {Record<number, { icon: string, word: string }>} */ ({
  [MessageType.FILE]: { icon: "file", word: "conversation.file" },
  [MessageType.VOICE]: { icon: "mic", word: "conversation.voice" },
  [MessageType.VIDEO]: { icon: "video", word: "conversation.video" },
});

/** @param {Said} said @param {string} id For what labels the row. */
export function content(said, id) {
  const file = FILES[said.messageType];
  if (said.messageType === MessageType.IMAGE) return picture(said, id);
  if (file) return attachment(said.content, file, id);
  if (said.messageType === MessageType.TEXT) return text(said.content, id);
  return element("p", { class: "text soft", id }, t("conversation.unknown-type"));
}

/** @param {string} written @param {string} id */
function text(written, id) {
  const kind = onlyEmoji(written) ? "text emoji" : "text";
  const made = element("p", { class: kind, dir: "auto", id });
  for (const part of parts(written)) made.append(part.href ? outside(part.href, part.text) : part.text);
  return made;
}

/** @param {string} address @param {{ icon: string, word: string }} file @param {string} id */
function attachment(address, file, id) {
  const href = safeLink(address);
  const what = element("span", { class: "file-kind" }, t(file.word));
  if (!href) return element("p", { class: "text", dir: "auto", id }, what, " ", address);
  const words = element("span", { class: "file-words" }, what, element("span", { class: "file-name" }, nameOf(href)));
  const link = outside(href, icon(file.icon), words);
  link.classList.add("file");
  link.id = id;
  return link;
}

/** The last part of the path, or the host. @param {string} href */
function nameOf(href) {
  const url = new URL(href);
  const last = url.pathname.split("/").filter(Boolean).at(-1) ?? url.host;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** One line that stands for a message: in quotes, and for screen readers. @param {Said & { deleted?: boolean }} said */
export function summary(said) {
  if (said.deleted) return t("conversation.recalled");
  const file = FILES[said.messageType];
  if (said.messageType === MessageType.IMAGE) return t("conversation.image");
  if (file) return t(file.word);
  const line = said.content.slice(0, 300).replace(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
