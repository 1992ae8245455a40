// Why a message was not sent, and what can be done about it.

import { ConversationType } from "/gochat.js";
import { element } from "../dom.js";
import { t } from "../words/index.js";

/** @typedef {import("/gochat.js").Draft} Draft */
/** @typedef {import("/gochat.js").GoChatError} GoChatError */
/** @typedef {import("./scene.js").Scene} Scene */

const KNOWN = new Set([
  "MEMBER_MUTED",
  "FORBIDDEN",
  "CONVERSATION_NOT_FOUND",
  "MESSAGE_TOO_LARGE",
  "MESSAGE_EMPTY",
  "RATE_LIMITED",
  "USER_DISABLED",
]);

/** @param {GoChatError | null} error @param {number} type Of the conversation. */
export function reason(error, type) {
  const code = error?.code ?? "";
  if (code === "FORBIDDEN" && type === ConversationType.SINGLE) return t("conversation.reason.FORBIDDEN-single");
  return KNOWN.has(code) ? t(`conversation.reason.${code}`) : t("conversation.reason.other", { code });
}

/** @param {Draft} draft @param {Scene} scene */
export function failure(draft, { chat, conversation }) {
  const retry = () => chat.retry(draft.clientMsgId).catch(() => {});
  const discard = () => chat.discard(draft.clientMsgId).catch(() => {});
  return element(
    "div",
    { class: "failure" },
    element("span", {}, t("conversation.failed-because", { reason: reason(draft.error, conversation.type) })),
    element("button", { class: "plain", type: "button", onclick: retry }, t("conversation.retry")),
    element("button", { class: "plain", type: "button", onclick: discard }, t("conversation.discard")),
  );
}
