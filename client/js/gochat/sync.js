// Catching up: what was missed is asked for by `sync` frames, one at a time.

import { Backoff } from "./backoff.js";
import { isTransient } from "./errors.js";

/** Conversations named in one frame: with ids of 64 bytes it stays below the server's 64 KiB. */
const MAX_NAMED = 400;
/** Messages in one answer. */
const LIMIT = 500;
/** Who missed more messages of one conversation than this goes on with its newest ones. */
const MAX_BEHIND = 5_000;

/** @typedef {{ lastSeq: number, change: number, readSeq: number, hasMore: boolean }} Standing */

export class Sync {
  #parts;
  #told;
  #all = false;
  /** @type {Set<string>} */
  #named = new Set();
  #running = false;
  /** There is a connection, and what was listed before it is known. */
  #active = false;
  #backoff = new Backoff(500, 10_000);
  /** Counts connections: what was asked over an earlier one is not gone on with. */
  #turn = 0;

  /**
   * @param {object} parts
   * @param {import("./socket.js").Socket} parts.socket
   * @param {import("./order.js").Order} parts.order
   * @param {(id: string) => boolean} parts.shown its messages are held, so that recalls of all of them matter
   * @param {object} told
   * @param {(id: string, standing: Standing) => void} told.standing
   * @param {(id: string, standing: Standing) => void} told.listed a conversation that nobody knew
   * @param {(id: string) => void} told.gone
   * @param {(id: string, seq: number) => void} told.jumped
   * @param {() => void} told.done everything that was asked has been told
   * @param {(error: unknown) => void} told.failed
   */
  constructor(parts, told) {
    this.#parts = parts;
    this.#told = told;
  }

  /** Asks about every conversation, over a new connection. */
  begin() {
    this.#turn += 1;
    this.#running = false;
    this.#active = true;
    this.#backoff.reset();
    this.all();
  }

  /** The connection is gone: the next one begins anew. */
  end() {
    this.#turn += 1;
    this.#active = false;
    this.#running = false;
    this.#named.clear();
  }

  all() {
    this.#all = true;
    this.#run();
  }

  /** @param {Iterable<string>} ids */
  some(ids) {
    for (const id of ids) this.#named.add(id);
    this.#run();
  }

  async #run() {
    if (this.#running || !this.#active) return;
    this.#running = true;
    const turn = this.#turn;
    while (turn === this.#turn && (this.#all || this.#named.size > 0)) {
      const all = this.#all;
      const names = (all ? this.#toName() : [...this.#named].filter((id) => this.#parts.order.position(id))).slice(
        0,
        MAX_NAMED,
      );
      if (all || names.length === 0) this.#named.clear();
      else for (const id of names) this.#named.delete(id);
      this.#all = false;
      if (!all && names.length === 0) continue;
      try {
        await this.#ask(names, all);
        this.#backoff.reset();
      } catch (error) {
        if (turn !== this.#turn) return;
        if (!isTransient(error)) {
          this.#told.failed(error);
          continue;
        }
        this.#all ||= all;
        for (const id of names) this.#named.add(id);
        await new Promise((resolve) => setTimeout(resolve, this.#backoff.next()));
      }
    }
    if (turn !== this.#turn) return;
    this.#running = false;
    if (!this.#all && this.#named.size === 0) this.#told.done();
  }

  /** Whose changes nobody has asked about is not named: the answer lists it, and with that the asking begins. */
  #toName() {
    const { order, shown } = this.#parts;
    return order.ids().filter((id) => order.position(id)?.change !== null || shown(id));
  }

  /** @param {string[]} names @param {boolean} all */
  async #ask(names, all) {
    const { order, socket } = this.#parts;
    const conversations = Object.fromEntries(
      names.map((id) => {
        const { seq = 0, change = 0 } = order.position(id) ?? {};
        return [id, { seq, change: change ?? 0 }];
      }),
    );
    const answer = await socket.request("sync", { conversations, limit: LIMIT, partial: !all });
    for (const id of answer.gone) this.#told.gone(id);
    for (const [id, standing] of /** @type {[string, Standing][]} */ (Object.entries(answer.conversations))) {
      const position = order.position(id);
      if (!position) this.#told.listed(id, standing);
      else if (Object.hasOwn(conversations, id)) this.#answered(id, standing);
      else if (position.change === null || (position.seq >= standing.lastSeq && position.change >= standing.change)) {
        order.stand(id, standing);
        this.#told.standing(id, standing);
        if (position.seq < standing.lastSeq) this.#named.add(id);
      } else this.#named.add(id);
    }
  }

  /** @param {string} id @param {Standing} standing */
  #answered(id, standing) {
    const { order } = this.#parts;
    const seen = order.position(id)?.seq ?? 0;
    if (standing.hasMore) {
      this.#named.add(id);
      if (standing.lastSeq - seen > MAX_BEHIND) {
        order.jump(id, standing.lastSeq);
        this.#told.jumped(id, standing.lastSeq);
      }
      return;
    }
    order.stand(id, standing);
    this.#told.standing(id, standing);
  }
}
