// One line that says what the last message was.

import { systemText } from "../conversation/system.js";
import { t } from "../words/index.js";

/** @typedef {import("/gochat.js").Message} Message */

const KINDS = /** @type {Record<number, { word: string, icon: string }>} */ ({
  2: { word: "sidebar.image", icon: "image" },
  3: { word: "sidebar.file", icon: "file" },
  5: { word: "sidebar.voice", icon: "mic" },
  6: { word: "sidebar.video", icon: "video" },
});
const SYSTEM = 4;
const SHOWN = 160;

/** What stands for content that is no text. @param {number} messageType */
export function kindIcon(messageType) {
  return KINDS[messageType]?.icon;
}

/** @param {Message | import("/gochat.js").Draft} message @param {string} [me] the caller's id */
export function messageText(message, me = "") {
  if ("deleted" in message && message.deleted) return t("sidebar.recalled");
  const kind = KINDS[message.messageType];
  if (kind) return t(kind.word);
  if ("sender" in message && message.messageType === SYSTEM) return systemText(message, me, () => undefined);
  return message.content.slice(0, SHOWN).replace(/\s+/g, " ").trim();
}

/** Whose name stands before it. @param {Message} message @param {number} type of the conversation @param {string | undefined} me */
export function senderOf(message, type, me) {
  if (message.messageType === SYSTEM) return "";
  if (message.sender.id === me) return t("sidebar.you");
  return type === 1 ? "" : message.sender.username;
}

/** @param {Pick<import("/gochat.js").Conversation, "name" | "peer">} conversation the WORLD may have no name */
export function displayName({ name, peer }) {
  return name || peer?.username || t("sidebar.world");
}
