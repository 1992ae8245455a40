// What a SYSTEM message says. The server's sentence is English; `extra` says the same for programs.

import { language, t } from "../words/index.js";

/** @typedef {import("/gochat.js").Message} Message */

const KEYS = /** @type {Record<string, string>} */ ({
  "member-added": "conversation.added",
  "member-removed": "conversation.removed",
  "member-left": "conversation.left",
  "conversation-renamed": "conversation.renamed",
});

/** @param {Message} message @param {string} me @param {(userId: string) => string | undefined} nameOf */
export function systemText(message, me, nameOf) {
  const extra = fields(message.extra);
  const key = KEYS[extra.event];
  if (!key) return message.content;
  const mine = message.sender.id === me;
  // Chinese has no space between a name and a verb, but between letters and characters it looks better.
  const gap = language() === "zh" && !mine ? " " : "";
  const who = (mine ? t("conversation.system-you") : message.sender.username) + gap;
  if (extra.event === "conversation-renamed") return t(key, { who, name: String(extra.name ?? "") });
  if (extra.event === "member-left") return t(key, { who });
  const names = named(message, extra, me, nameOf);
  return names ? t(key, { who, names }) : message.content;
}

/**
 * The ids are all there, the names of the first three only in the sentence.
 * @param {Message} message @param {any} extra @param {string} me @param {(userId: string) => string | undefined} nameOf
 */
function named(message, extra, me, nameOf) {
  /** @type {string[]} */
  const ids = Array.isArray(extra.userIds) ? extra.userIds.map(String) : [];
  const told = message.content
    .replace(/ and \d+ more$/, "")
    .split(" ")
    .slice(2)
    .join(" ")
    .split(", ");
  const first = ids.slice(0, 3).map((id, index) => {
    if (id === me) return t("conversation.system-you-too");
    return nameOf(id) ?? told[index] ?? "";
  });
  if (first.length === 0 || first.includes("")) return "";
  const names = first.join(language() === "zh" ? "、" : ", ");
  const more = ids.length - first.length;
  return more > 0 ? t("conversation.and-more", { names, count: more, total: ids.length }) : names;
}

/** @param {string} extra @returns {Record<string, any>} */
export function fields(extra) {
  if (!extra) return {};
  try {
    const parsed = JSON.parse(extra);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
