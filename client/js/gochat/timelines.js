// The timelines that were asked for: which of them hold messages, and when they look again at who has read what.

import { Timeline } from "./timeline.js";

/** @import { Conversation } from "../gochat.js" */

/** Conversations whose messages are held; beyond them, whichever was looked at longest ago lets go of its own. */
const MAX_HELD = 30;
/** A change of a group's members is looked at within this: all of its members hear of it at once. In milliseconds. */
const LOOKED_AT_WITHIN = 1_000;
/** Larger groups do not tell who has read what. */
const MAX_READERS = 100;
const SINGLE = 1;
const WORLD = 3;

export class Timelines {
  /** @type {Map<string, Timeline>} */
  #all = new Map();
  /** @type {Set<string>} */
  #looking = new Set();
  #sources;

  /**
   * @param {object} sources
   * @param {(path: string) => Promise<any>} sources.read
   * @param {(id: string) => Conversation | undefined} sources.listed
   * @param {(id: string) => Promise<Conversation>} sources.shown
   * @param {(id: string) => any} sources.delivered
   * @param {(message: import("../gochat.js").Message) => void} sources.found
   * @param {(id: string) => readonly import("../gochat.js").Draft[]} sources.drafts
   * @param {() => string | undefined} sources.me
   */
  constructor(sources) {
    this.#sources = sources;
  }

  /** The one that was asked for, if it was. @param {string} id */
  get(id) {
    return this.#all.get(id);
  }

  /** The same one each time. @param {string} id */
  of(id) {
    const known = this.#all.get(id);
    if (known) return known;
    const { read, delivered, found, drafts, me } = this.#sources;
    const timeline = new Timeline(id, {
      page: (query) => {
        this.#holdFewer();
        return read(`/conversations/${encodeURIComponent(id)}/messages${query}`);
      },
      members: () => this.#readers(id),
      delivered: () => delivered(id),
      found,
      drafts: () => drafts(id),
      me,
    });
    this.#all.set(id, timeline);
    return timeline;
  }

  /** After a time without a connection. */
  refresh() {
    for (const timeline of this.#all.values()) if (timeline.loaded) timeline.refresh();
  }

  /** Another user's are none of this one's. */
  clear() {
    for (const timeline of this.#all.values()) timeline.unload();
    this.#all.clear();
  }

  /** Who has read what may have changed with the members. @param {string} id */
  look(id) {
    if (this.#looking.has(id) || !this.#all.get(id)?.loaded) return;
    this.#looking.add(id);
    setTimeout(() => {
      this.#looking.delete(id);
      const timeline = this.#all.get(id);
      if (timeline?.loaded) timeline.refresh();
    }, Math.random() * LOOKED_AT_WITHIN);
  }

  /** Who has read what of a conversation. @param {string} id */
  async #readers(id) {
    const listed = this.#sources.listed(id);
    if (listed && !countsReaders(listed)) return null;
    const shown = await this.#sources.shown(id);
    return countsReaders(shown) && shown.members ? { members: shown.members, single: shown.type === SINGLE } : null;
  }

  #holdFewer() {
    const held = [...this.#all.values()].filter((timeline) => timeline.loaded);
    if (held.length <= MAX_HELD) return;
    held.sort((a, b) => a.usedAt - b.usedAt);
    for (const timeline of held.slice(0, held.length - MAX_HELD)) timeline.unload();
  }
}

/** @param {Conversation} conversation */
function countsReaders({ type, memberCount }) {
  return type !== WORLD && memberCount <= MAX_READERS;
}
