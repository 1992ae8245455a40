// Each conversation's messages in order, once each: what comes early waits, what is missing is asked for.

/** @import { Message } from "../gochat.js" */
/** @typedef {{ conversationId: string, messageId: string, seqId: number, operatorId: string, change: number }} Recall */

/** A message that overtook another waits so long for it, in milliseconds. */
const GAP_PATIENCE = 300;
/** What a sync did not bring is asked for again after this. */
const GAP_RETRY = 1_000;
/** Messages of one conversation that wait behind a gap, recalls that wait for their message, changes heard out of turn. More are dropped: a sync has them. */
const MAX_AHEAD = 1_000;
/** Of a conversation that turns up later so many unread messages are told of, at most. */
const MAX_UNREAD = 200;

class Place {
  /** Everything up to here was handed out, or is not expected; null while that is not known. @type {number | null} */
  seen = null;
  /** The highest seq heard of. */
  highest = 0;
  /** Everything up to here that changed earlier messages is known; null: nobody has asked yet. @type {number | null} */
  change = null;
  /** @type {Map<number, Message>} */
  ahead = new Map();
  /** Recalls of messages that have not come yet. @type {Set<number>} */
  tombs = new Set();
  /** @type {Set<number>} */
  changesAhead = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;
}

export class Order {
  /** @type {Map<string, Place>} */
  #places = new Map();
  #told;

  /**
   * @param {object} told
   * @param {(message: Message) => void} told.message the next one of its conversation
   * @param {(recall: Recall, first: boolean) => void} told.recalled `first`: it was not known
   * @param {(id: string) => void} told.gap something of the conversation is missing and does not come by itself
   * @param {(id: string) => void} told.unknown a message came from a conversation that has no place yet
   */
  constructor(told) {
    this.#told = told;
  }

  /** The conversations that have a place. */
  ids() {
    return [...this.#places].filter(([, place]) => place.seen !== null).map(([id]) => id);
  }

  /** @param {string} id */
  position(id) {
    const place = this.#places.get(id);
    return place && place.seen !== null ? { seq: place.seen, change: place.change } : null;
  }

  /**
   * Where a conversation stands as it is listed for the first time.
   * @param {string} id
   * @param {number} last its last message
   * @param {number} read what of it is not to be told: at the beginning all, later what was read
   */
  begin(id, last, read) {
    const place = this.#place(id);
    if (place.seen !== null) {
      place.highest = Math.max(place.highest, last);
      return this.#advance(id, place, GAP_PATIENCE);
    }
    const early = Math.min(...place.ahead.keys());
    place.seen = Math.min(Math.max(read, last - MAX_UNREAD), early - 1);
    place.highest = Math.max(place.highest, last);
    this.#advance(id, place, GAP_PATIENCE);
  }

  /** All conversations are listed: one that was heard of and is not among them begins with what was heard. */
  beginRest() {
    for (const [id, place] of this.#places) {
      if (place.seen === null) this.begin(id, place.highest, place.highest);
    }
  }

  /** A message, live or by sync or as the acknowledgement of an own one; false when it is no news. @param {Message} message */
  heard(message) {
    const { conversationId: id, seqId: seq } = message;
    const place = this.#place(id);
    if (place.seen !== null && seq <= place.seen) return false;
    place.highest = Math.max(place.highest, seq);
    const isNext = place.seen !== null && seq === place.seen + 1;
    if (isNext || place.ahead.size < MAX_AHEAD) {
      if (!place.ahead.has(seq)) place.ahead.set(seq, message);
    }
    if (place.seen === null) this.#told.unknown(id);
    else this.#advance(id, place, GAP_PATIENCE);
    return true;
  }

  /** @param {Recall} recall */
  recalled(recall) {
    const { conversationId: id, seqId: seq, change } = recall;
    const place = this.#place(id);
    const known = (place.change !== null && change <= place.change) || place.changesAhead.has(change);
    // Only the next one counts as known: what lies between is told by a sync.
    if (place.changesAhead.size < MAX_AHEAD) place.changesAhead.add(change);
    if (place.change !== null) {
      for (; place.changesAhead.delete(place.change + 1); place.change += 1);
      if (change > place.change) this.#wait(id, place, GAP_PATIENCE);
      else place.changesAhead.delete(change);
    }
    const waiting = place.ahead.get(seq);
    if (waiting) place.ahead.set(seq, blank(waiting));
    else if ((place.seen === null || seq > place.seen) && place.tombs.size < MAX_AHEAD) place.tombs.add(seq);
    this.#told.recalled(recall, !known);
  }

  /**
   * What a sync said of a conversation after it told its messages and recalls.
   * @param {string} id
   * @param {{ lastSeq: number, change: number }} standing
   */
  stand(id, { lastSeq, change }) {
    const place = this.#places.get(id);
    if (!place || place.seen === null) return;
    place.highest = Math.max(place.highest, lastSeq);
    if (place.change === null || change > place.change) place.change = change;
    for (const known of place.changesAhead) if (known <= place.change) place.changesAhead.delete(known);
    clearTimeout(place.timer);
    place.timer = undefined;
    this.#advance(id, place, GAP_RETRY);
  }

  /** Too much is missing to be told one by one: goes on after `seq`. @param {string} id @param {number} seq */
  jump(id, seq) {
    const place = this.#places.get(id);
    if (!place || place.seen === null || place.seen >= seq) return;
    place.seen = seq;
    for (const early of place.ahead.keys()) if (early <= seq) place.ahead.delete(early);
    this.#advance(id, place, GAP_PATIENCE);
  }

  /** @param {string} id */
  forget(id) {
    clearTimeout(this.#places.get(id)?.timer);
    this.#places.delete(id);
  }

  clear() {
    for (const { timer } of this.#places.values()) clearTimeout(timer);
    this.#places.clear();
  }

  /** @param {string} id */
  #place(id) {
    let place = this.#places.get(id);
    if (!place) {
      place = new Place();
      this.#places.set(id, place);
    }
    return place;
  }

  /** Hands out what is in order; what then lies behind a gap waits so long. @param {string} id @param {Place} place @param {number} patience */
  #advance(id, place, patience) {
    if (place.seen === null) return;
    for (;;) {
      const message = place.ahead.get(place.seen + 1);
      if (!message) break;
      place.seen += 1;
      place.ahead.delete(place.seen);
      this.#told.message(place.tombs.delete(place.seen) ? blank(message) : message);
    }
    if (place.seen < place.highest) this.#wait(id, place, patience);
  }

  /** @param {string} id @param {Place} place @param {number} patience */
  #wait(id, place, patience) {
    place.timer ??= setTimeout(() => {
      place.timer = undefined;
      const gap = place.seen !== null && place.seen < place.highest;
      if (gap || place.changesAhead.size > 0) this.#told.gap(id);
    }, patience);
  }
}

/** What is left of a recalled message. @param {Message} message @returns {Message} */
export function blank(message) {
  return { ...message, content: "", extra: "", deleted: true };
}
