// How far a message of one's own has come.

import { ConversationType } from "/gochat.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { count } from "./when.js";

/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("/gochat.js").Timeline} Timeline */
/** @typedef {{ name: "waiting" | "sending" | "failed" | "sent" | "delivered" | "read", readers: number }} State */

const ICONS = {
  waiting: "clock",
  sending: "clock",
  failed: "alert",
  sent: "check",
  delivered: "double-check",
  read: "double-check",
};

/** @param {Row} row @param {Timeline} timeline @param {number} type @param {string} me @returns {State} */
export function stateOf(row, timeline, type, me) {
  if (row.draft) return { name: row.draft.state, readers: 0 };
  const seq = row.message?.seqId ?? 0;
  const readers = readersOf(seq, timeline, me).length;
  if (readers > 0) return { name: "read", readers: type === ConversationType.GROUP ? readers : 0 };
  const delivered = type === ConversationType.SINGLE && timeline.deliveredSeq >= seq;
  return { name: delivered ? "delivered" : "sent", readers: 0 };
}

/** Who has read a message, by user id. @param {number} seq @param {Timeline} timeline @param {string} me */
export function readersOf(seq, timeline, me) {
  /** @type {string[]} */
  const readers = [];
  for (const [userId, upTo] of timeline.readBy) if (upTo >= seq && userId !== me) readers.push(userId);
  return readers;
}

/** @param {State} state */
export function stateIcon(state) {
  const words = state.readers
    ? t("conversation.read-by-count", { count: count(state.readers) })
    : t(`conversation.${state.name}`);
  return element(
    "span",
    { class: `state ${state.name}`, title: words },
    icon(ICONS[state.name]),
    state.readers > 0 && element("span", { "aria-hidden": "true" }, count(state.readers)),
    element("span", { class: "visually-hidden" }, words),
  );
}
