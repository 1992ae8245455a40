// What stands in the list, one below the other: days, messages, drafts, and where the unread begins.

import { MessageType } from "/gochat.js";
import { dayOf } from "./when.js";

/** @typedef {import("/gochat.js").Message} Message */
/** @typedef {import("/gochat.js").Draft} Draft */

/**
 * @typedef {object} Row
 * @property {string} key Stays the same while the row is there, also when a draft becomes a message.
 * @property {"start" | "day" | "unread" | "system" | "message" | "draft"} kind
 * @property {number} guess Its height, until it is measured.
 * @property {boolean} holds It can hold the list in place: what stands around it moves with it.
 * @property {boolean} oldest The first message of all that are there.
 * @property {boolean} opens The first of its sender's in a row: has the name.
 * @property {boolean} closes The last of them.
 * @property {number} time
 * @property {Message} [message]
 * @property {Draft} [draft]
 */

/** Messages of one sender that follow within so many seconds stand together. */
const TOGETHER = 300;

/**
 * @param {readonly Message[]} messages
 * @param {readonly Draft[]} drafts
 * @param {{ me: string, unreadFrom: number }} how `unreadFrom`: the seq that the divider stands above, 0: none.
 * @returns {Row[]}
 */
export function makeRows(messages, drafts, { me, unreadFrom }) {
  /** @type {Row[]} */
  const rows = [plain("start", "start", 56, 0)];
  let day = { from: 0, to: 0 };
  let sender = "";
  let last = 0;

  /** @param {Row} row @param {string} by */
  const add = (row, by) => {
    if (row.time < day.from || row.time >= day.to) {
      day = dayOf(row.time);
      rows.push(plain("day", `day:${day.from}`, 44, row.time));
      sender = "";
    }
    const seq = row.message?.seqId ?? 0;
    if (seq === unreadFrom && seq > 0) {
      rows.push(plain("unread", "unread", 40, row.time));
      sender = "";
    }
    row.opens = row.kind !== "system" && (by !== sender || row.time - last > TOGETHER);
    const before = rows[rows.length - 1];
    if (before && row.opens) before.closes = true;
    if (row.kind === "system" && before) before.closes = true;
    if (row.opens) row.guess += 14;
    sender = row.kind === "system" ? "" : by;
    last = row.time;
    rows.push(row);
  };

  for (const message of messages) add(messageRow(message, me, message === messages[0]), message.sender.id);
  for (const draft of drafts) add(draftRow(draft, last), me);
  const end = rows[rows.length - 1];
  if (end) end.closes = true;
  return rows;
}

/** @param {Row["kind"]} kind @param {string} key @param {number} guess @param {number} time @returns {Row} */
function plain(kind, key, guess, time) {
  return { key, kind, guess, time, holds: false, oldest: false, opens: false, closes: true };
}

/** @param {Message} message @param {string} me @param {boolean} oldest @returns {Row} */
function messageRow(message, me, oldest) {
  const system = message.messageType === MessageType.SYSTEM;
  return {
    key: keyOf(message, me),
    kind: system ? "system" : "message",
    guess: guess(message.messageType, message.content),
    time: message.createdAt,
    holds: true,
    oldest,
    opens: false,
    closes: false,
    message,
  };
}

/** @param {Message} message @param {string} me */
export function keyOf(message, me) {
  const own = message.sender.id === me && message.messageType !== MessageType.SYSTEM;
  return own && message.clientMsgId ? `own:${message.clientMsgId}` : `seq:${message.seqId}`;
}

/** @param {Draft} draft @param {number} last @returns {Row} */
function draftRow(draft, last) {
  return {
    key: `own:${draft.clientMsgId}`,
    kind: "draft",
    guess: guess(draft.messageType, draft.content),
    // Clocks of devices differ: what was written is shown at the end, on no day before the last.
    time: Math.max(last, draft.createdAt),
    holds: true,
    oldest: false,
    opens: false,
    closes: false,
    draft,
  };
}

/** @param {number} type @param {string} content */
function guess(type, content) {
  if (type === MessageType.IMAGE) return 260;
  const lines = Math.min(400, Math.ceil(content.length / 60));
  return 22 + lines * 21;
}
