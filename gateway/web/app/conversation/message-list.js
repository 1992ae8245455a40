// The messages of one conversation: keeps the rows up to date, loads older ones in time, and goes where one wants to be.

import { element } from "../dom.js";
import { t } from "../words/index.js";
import { Rows } from "./drawing.js";
import { equip } from "./message-row.js";
import { keyOf, makeRows } from "./rows.js";
import { VirtualList } from "./virtual-list.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./rows.js").Row} Row */

/** Older messages are asked for when less than so many windows of them are left above. */
const AHEAD = 2;
const PAGE = 100;
/** So many unread messages are loaded to begin at the first of them; beyond, one begins at the newest. */
const UNREAD_LOADED = 600;
const UNREAD_FROM_TOP = 64;
const HIGHLIGHT = 1600;

export class MessageList {
  /** @type {Scene | null} */
  #scene = null;
  /** @type {"none" | "loading" | "failed"} */
  #older = "none";
  #unreadFrom = 0;
  #ready = false;
  #due = false;
  #ended = new AbortController();

  /** @param {{ moved(): void, notice(text: string, options?: { kind?: string }): void }} told */
  constructor(told) {
    this.told = told;
    this.rows = element("div", { class: "messages-rows", role: "list" });
    this.scroller = element("div", { class: "messages", tabindex: "-1" }, this.rows);
    const drawing = new Rows(
      () => /** @type {Scene} */ (this.#scene),
      () => this.#beginning(),
      () => this.#loadOlder(true),
    );
    this.list = new VirtualList(this.scroller, this.rows, drawing, () => this.#moved());
    for (const type of ["pointerover", "focusin"]) {
      this.scroller.addEventListener(type, ({ target }) => this.#equip(/** @type {Element} */ (target)));
    }
  }

  /** Whether messages are shown: false while the first are under way. */
  get ready() {
    return this.#ready;
  }

  /** Shows a conversation once its messages are there. Rejects when they cannot be had. @param {Scene} scene @param {number | null} readUpTo Null: all. */
  async show(scene, readUpTo) {
    this.leave();
    this.#scene = scene;
    this.#ended = new AbortController();
    const { signal } = this.#ended;
    const { timeline } = scene;
    this.rows.setAttribute("aria-label", t("conversation.messages"));
    await timeline.load();
    if (signal.aborted) return;
    const from = (readUpTo ?? Number.POSITIVE_INFINITY) + 1;
    const unread = (timeline.messages.at(-1)?.seqId ?? 0) - from + 1;
    if (unread > 0 && unread <= UNREAD_LOADED) await timeline.find(from).catch(() => undefined);
    if (signal.aborted) return;
    const loaded = unread > 0 && from >= (timeline.messages[0]?.seqId ?? 0);
    // What one wrote elsewhere is not new.
    const first = loaded && timeline.messages.find(({ seqId, sender }) => seqId >= from && sender.id !== scene.me);
    this.#unreadFrom = first ? first.seqId : 0;
    timeline.addEventListener("change", () => this.refresh(), { signal });
    this.#ready = true;
    this.list.reset(this.#make(), first ? { key: "unread", offset: UNREAD_FROM_TOP } : null);
  }

  leave() {
    this.#ended.abort();
    this.#ready = false;
    this.#scene = null;
    this.#older = "none";
    this.#unreadFrom = 0;
    this.list.reset([], null);
  }

  /** Draws what changed, once for all that changes until the next frame. */
  refresh() {
    if (this.#due || !this.#ready) return;
    this.#due = true;
    const draw = () => {
      if (!this.#due) return;
      this.#due = false;
      if (this.#scene) this.list.setRows(this.#make());
    };
    requestAnimationFrame(draw);
    // Windows that are not seen get no frames, but should be right when they are seen again.
    if (document.hidden) setTimeout(draw, 250);
  }

  /** Draws at once. */
  refreshNow() {
    this.#due = false;
    if (this.#ready) this.list.setRows(this.#make());
  }

  /** One wrote: the divider has served, and the end is where to be. */
  wrote() {
    this.#unreadFrom = 0;
    this.list.scrollToEnd();
    this.refreshNow();
    this.list.scrollToEnd();
  }

  toNewest() {
    this.list.scrollToEnd();
  }

  /** Goes to a message, loading what is in between. @param {number} seq */
  async jump(seq) {
    const scene = this.#scene;
    if (!scene) return;
    const message = await scene.timeline.find(seq).catch(() => undefined);
    if (scene !== this.#scene) return;
    if (!message) return this.told.notice(t("conversation.not-found"), { kind: "bad" });
    this.refreshNow();
    const key = keyOf(message, scene.me);
    this.list.scrollTo(key);
    const row = this.list.elementOf(key);
    if (!row) return;
    row.classList.add("highlight");
    setTimeout(() => row.classList.remove("highlight"), HIGHLIGHT);
    this.onJump(key);
  }

  /** @type {(key: string) => void} */
  onJump = () => {};

  /** The connection is back: what failed may work. */
  connected() {
    if (this.#older === "failed") this.#loadOlder(true);
  }

  /** @param {Element} target */
  #equip(target) {
    const whole = target.closest("[data-key]");
    if (!(whole instanceof HTMLElement)) return;
    const row = this.list.rows[this.list.indexOf(whole.dataset.key ?? "")];
    if (row) equip(whole, row);
  }

  /** @returns {Row[]} */
  #make() {
    const { timeline, me } = /** @type {Scene} */ (this.#scene);
    return makeRows(timeline.messages, timeline.drafts, { me, unreadFrom: this.#unreadFrom });
  }

  /** @returns {import("./drawing.js").Beginning} */
  #beginning() {
    const timeline = this.#scene?.timeline;
    const empty = !timeline?.messages.length && !timeline?.drafts.length;
    return { older: this.#older, empty, hasOlder: Boolean(timeline?.hasOlder) };
  }

  #moved() {
    if (!this.#ready) return;
    if (this.list.above < AHEAD * this.scroller.clientHeight) this.#loadOlder(false);
    this.told.moved();
  }

  /** @param {boolean} again */
  async #loadOlder(again) {
    const timeline = this.#scene?.timeline;
    if (!timeline?.hasOlder || this.#older === "loading" || (this.#older === "failed" && !again)) return;
    this.#older = "loading";
    let failed = false;
    await timeline.loadOlder(PAGE).catch(() => {
      failed = true;
    });
    if (timeline !== this.#scene?.timeline) return;
    this.#older = failed ? "failed" : "none";
    this.refresh();
  }
}
