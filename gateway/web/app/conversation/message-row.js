// One message: bubble, quote, time, state, and what can be done with it.

import { ConversationType } from "/gochat.js";
import { avatar } from "../avatar.js";
import { element, icon } from "../dom.js";
import { language, t } from "../words/index.js";
import { content, summary } from "./content.js";
import { failure } from "./failure.js";
import { stateIcon, stateOf } from "./state.js";
import { clock, fullTime } from "./when.js";

/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("./scene.js").Scene} Scene */

let made = 0;

/** What it was drawn from: another means that it is drawn anew. @param {Row} row @param {Scene} scene */
export function signature(row, scene) {
  const { message, draft } = row;
  const quoted = scene.quotes.seqOf((message ?? draft)?.extra ?? "");
  const quote = quoted ? scene.quotes.get(quoted) : null;
  const shown = quote ? `${quote.seqId}${quote.deleted}` : "";
  return [
    language(),
    row.opens,
    row.closes,
    message?.deleted,
    message?.content.length,
    shown,
    draft?.state === "failed",
  ].join();
}

/** The state alone changes often. @param {Row} row @param {Scene} scene */
export function stateSignature(row, scene) {
  if (!isOwn(row, scene)) return "";
  const state = stateOf(row, scene.timeline, scene.conversation.type, scene.me);
  return `${state.name}${state.readers}`;
}

/** @param {Row} row @param {Scene} scene */
function isOwn(row, scene) {
  return Boolean(row.draft) || row.message?.sender.id === scene.me;
}

/** @param {Row} row @param {Scene} scene */
export function messageRow(row, scene) {
  const said = /** @type {import("./content.js").Said} */ (row.message ?? row.draft);
  const own = isOwn(row, scene);
  const single = scene.conversation.type === ConversationType.SINGLE;
  const id = `message-${++made}`;
  const sender = row.message?.sender;
  const name = own ? t("conversation.you") : (sender?.username ?? "");

  const bubble = element("div", { class: "bubble" });
  bubble.append(element("span", { class: "visually-hidden", id: `${id}-who` }, name));
  if (row.opens && !own && !single)
    bubble.append(element("span", { class: "who", "aria-hidden": "true", dir: "auto" }, name));
  const quoted = row.message?.deleted ? 0 : scene.quotes.seqOf(said.extra);
  if (quoted) bubble.append(quote(quoted, scene));
  const body = row.message?.deleted ? recalled(`${id}-text`) : content(said, `${id}-text`);
  if (body.classList.contains("emoji") && !quoted) bubble.classList.add("bare");
  if (body.classList.contains("picture")) bubble.classList.add("framed");
  bubble.append(element("div", { class: "said" }, body, meta(row, scene, own, `${id}-meta`)));

  const props = {
    class: `message-row ${own ? "own" : "theirs"}${row.opens ? " opens" : ""}${row.closes ? " closes" : ""}`,
    role: "listitem",
    tabindex: "-1",
    "aria-labelledby": `${id}-who ${id}-text ${id}-meta`,
  };
  const line = element("div", { class: "line" });
  if (!own && !single)
    line.append(element("div", { class: "face" }, row.opens && sender && avatar(sender, { size: 32 })));
  line.append(bubble, element("span", { class: "more-room" }));
  const whole = element("div", props, line);
  if (row.draft?.state === "failed") whole.append(failure(row.draft, scene));
  return whole;
}

/** @param {string} id */
function recalled(id) {
  return element("p", { class: "text recalled", id }, t("conversation.recalled"));
}

/** @param {Row} row @param {Scene} scene @param {boolean} own @param {string} id */
function meta(row, scene, own, id) {
  const time = row.message?.createdAt ?? row.draft?.createdAt ?? 0;
  const props = { datetime: new Date(time * 1000).toISOString() };
  const shown = element("span", { class: "meta", id }, element("time", props, clock(time)));
  if (own && !row.message?.deleted)
    shown.append(stateIcon(stateOf(row, scene.timeline, scene.conversation.type, scene.me)));
  return shown;
}

/** Puts the present state in the place of the one that was drawn. @param {HTMLElement} whole @param {Row} row @param {Scene} scene */
export function updateState(whole, row, scene) {
  const state = stateOf(row, scene.timeline, scene.conversation.type, scene.me);
  whole.querySelector(".state")?.replaceWith(stateIcon(state));
}

/** @param {number} seq @param {Scene} scene */
function quote(seq, scene) {
  const message = scene.quotes.get(seq);
  const mine = message?.sender.id === scene.me;
  const name = !message ? "" : mine ? t("conversation.you") : message.sender.username;
  const text = message ? summary(message) : t("conversation.quote-missing");
  // What is seen is a part of what is heard: who speaks to the machine says what stands there.
  return element(
    "button",
    { class: "quote", type: "button", tabindex: "-1", dataset: { jump: String(seq) } },
    name && element("span", { class: "visually-hidden" }, t("conversation.quote")),
    name && element("span", { class: "quote-who", dir: "auto" }, name),
    element("span", { class: "quote-text", dir: "auto" }, text),
  );
}

/** What only a pointer or the focus asks for is made when they come: most rows just pass by. @param {HTMLElement} whole @param {Row} row */
export function equip(whole, row) {
  const room = whole.querySelector(".more-room:empty");
  const time = whole.querySelector("time");
  if (!room || !time) return;
  time.title = fullTime(row.time);
  if (row.draft || row.message?.deleted) return;
  const props = {
    class: "icon-button more",
    type: "button",
    tabindex: whole.tabIndex,
    "aria-label": t("conversation.more"),
  };
  room.append(element("button", { ...props, "aria-haspopup": "menu", dataset: { menu: "" } }, icon("more")));
}
