// Rows of all kinds as elements.

import { element, icon } from "../dom.js";
import { language, t } from "../words/index.js";
import { messageRow, signature, stateSignature, updateState } from "./message-row.js";
import { systemText } from "./system.js";
import { clock, dayName } from "./when.js";

/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {{ older: "none" | "loading" | "failed", empty: boolean, hasOlder: boolean }} Beginning What is said above the first row. */

export class Rows {
  /** @type {WeakMap<HTMLElement, { whole: string, state: string }>} */
  #drawn = new WeakMap();

  /** @param {() => Scene} scene @param {() => Beginning} beginning @param {() => void} loadOlder */
  constructor(scene, beginning, loadOlder) {
    this.scene = scene;
    this.beginning = beginning;
    this.loadOlder = loadOlder;
  }

  /** @param {Row} row @returns {HTMLElement} */
  create = (row) => {
    const made = this.#make(row);
    made.dataset.key = row.key;
    this.#place(made, row);
    this.#drawn.set(made, { whole: this.#whole(row), state: this.#state(row) });
    return made;
  };

  /** @param {Row} row @param {HTMLElement} old @returns {HTMLElement} */
  update = (row, old) => {
    const drawn = this.#drawn.get(old);
    if (drawn?.whole !== this.#whole(row)) {
      const made = this.create(row);
      if (old.tabIndex === 0) made.tabIndex = 0;
      if (old.contains(document.activeElement)) queueMicrotask(() => made.focus({ preventScroll: true }));
      return made;
    }
    this.#place(old, row);
    const state = this.#state(row);
    if (drawn.state !== state) {
      updateState(old, row, this.scene());
      drawn.state = state;
    }
    return old;
  };

  /** @param {Row} row */
  #whole(row) {
    if (row.kind === "start") return language() + JSON.stringify(this.beginning());
    if (row.kind === "day") return dayName(row.time);
    if (row.kind === "message" || row.kind === "draft") return signature(row, this.scene());
    return language();
  }

  /** @param {Row} row */
  #state(row) {
    return row.kind === "message" || row.kind === "draft" ? stateSignature(row, this.scene()) : "";
  }

  /** Seqs have no gap: they are the places of the messages in the list, whatever of it is drawn. @param {HTMLElement} made @param {Row} row */
  #place(made, row) {
    if (!row.message && !row.draft) return;
    const { timeline } = this.scene();
    const last = timeline.messages.at(-1)?.seqId ?? 0;
    const place = row.message ? row.message.seqId : last + 1 + (row.draft ? timeline.drafts.indexOf(row.draft) : 0);
    made.setAttribute("aria-posinset", String(place));
    made.setAttribute("aria-setsize", String(last + timeline.drafts.length));
  }

  /** @param {Row} row @returns {HTMLElement} */
  #make(row) {
    const scene = this.scene();
    if (row.kind === "day") return between("day", dayName(row.time));
    if (row.kind === "unread") return between("unread", t("conversation.unread"));
    if (row.kind === "start") return this.#start();
    if (row.kind === "message" || row.kind === "draft" || !row.message) return messageRow(row, scene);
    const text = systemText(row.message, scene.me, (id) => scene.members.of(id));
    const props = { class: "message-row system", role: "listitem", tabindex: "-1", title: clock(row.time) };
    return element("div", props, element("span", { dir: "auto" }, text));
  }

  #start() {
    const { older, empty, hasOlder } = this.beginning();
    const made = element("div", { class: "beginning", role: "none" });
    // What a list holds are items, unless it is no more than its look.
    if (empty || older === "failed") made.setAttribute("role", "listitem");
    made.classList.toggle("bare", empty && older !== "failed");
    if (older === "failed") {
      const props = { class: "button small", type: "button", onclick: this.loadOlder };
      made.append(t("conversation.older-failed"), element("button", props, t("conversation.load-again")));
    } else if (hasOlder) made.append(element("span", { class: "spinner", "aria-hidden": "true" }));
    else if (empty) made.append(icon("chat"), t("conversation.empty"));
    else made.append(t("conversation.beginning"));
    return made;
  }
}

/** @param {string} kind @param {string} text */
function between(kind, text) {
  return element("div", { class: `between ${kind}`, role: "none" }, element("span", {}, text));
}
