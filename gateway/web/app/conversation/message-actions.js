// What the menu of a message does by itself.

import { t } from "../words/index.js";

/** @typedef {import("/gochat.js").Message} Message */
/** @typedef {(text: string, options?: { kind?: string }) => void} Notice */

/** @param {Message} message @param {Notice} notice */
export async function copyMessage(message, notice) {
  const done = await copy(message.content);
  notice(t(done ? "conversation.copied" : "conversation.copy-failed"), { kind: done ? "good" : "bad" });
}

/** @param {import("/gochat.js").GoChat} chat @param {Message} message @param {Notice} notice */
export async function recallMessage(chat, message, notice) {
  try {
    await chat.recall(message);
  } catch (error) {
    const late = /** @type {any} */ (error)?.code === "RECALL_TIME_EXCEEDED";
    notice(t(late ? "conversation.RECALL_TIME_EXCEEDED" : "conversation.recall-failed"), { kind: "bad" });
  }
}

/** Whether it was copied. @param {string} text */
async function copy(text) {
  // Pages that are not served over TLS have no clipboard of their own, only the old command.
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text);
  }
}

/** @param {string} text */
function copyOldWay(text) {
  const field = document.createElement("textarea");
  const before = document.activeElement;
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return copied;
}
