// The last five minutes. Gateways tell what they have counted since they started; what is shown is how that grows from look to look.

/** @import { Bucket, Counts, GatewayStats, GatewayView, Overview } from "./api.js" */

/** How far back the charts go. */
export const WINDOW = 5 * 60_000;
/** Quantiles are those of so long before each moment. */
export const QUANTILES_OF = 10_000;

/**
 * @typedef {{ stats: GatewayStats, rates: Counts | null, send: Bucket[], push: Bucket[] }} Sample of one gateway: `rates` a second,
 *   and the latencies that came since the look before; null and none at its first
 * @typedef {{ at: number, users: number, samples: Map<string, Sample>, quantiles: Map<string, [number, number] | null> }} Look
 * @typedef {GatewayView & { seenAt: number }} Seen
 */

export class History {
  /** @type {Look[]} the oldest first */
  looks = [];
  /** @type {Map<string, Seen>} every gateway of the window as it was last shown, by its start */
  gateways = new Map();
  /** @type {Map<string, { at: number, stats: GatewayStats }>} */
  #before = new Map();

  /** @param {Overview} overview @param {number} at */
  add(overview, at) {
    /** @type {Map<string, Sample>} */
    const samples = new Map();
    for (const view of overview.gateways) {
      const start = `${view.gatewayId} ${view.incarnation}`;
      this.gateways.set(start, { ...view, seenAt: at });
      if (!view.stats) continue;
      samples.set(view.gatewayId, sample(view.stats, this.#before.get(start), at));
      this.#before.set(start, { at, stats: view.stats });
    }
    this.looks.push({ at, users: overview.users, samples, quantiles: new Map() });
    const oldest = at - WINDOW - QUANTILES_OF;
    while (this.looks[0] && this.looks[0].at < oldest) this.looks.shift();
    for (const [start, seen] of this.gateways) {
      if (seen.seenAt >= at - WINDOW) continue;
      this.gateways.delete(start);
      this.#before.delete(start);
    }
  }

  /** The gateways whose numbers there are. */
  ids() {
    return [...new Set([...this.gateways.values()].filter((seen) => seen.stats).map((seen) => seen.gatewayId))].sort();
  }

  /**
   * A number of each look: that of one gateway, or of all together. Null where there is none.
   * @param {string} which a gateway's id, or "" @param {(sample: Sample) => number | null} read
   * @param {(one: number, other: number) => number} [put] two gateways' numbers together
   * @returns {(number | null)[]}
   */
  series(which, read, put = (one, other) => one + other) {
    return this.looks.map((look) => {
      const values = samplesOf(look, which)
        .map(read)
        .filter((value) => value !== null);
      return values.length > 0 ? values.reduce((one, other) => put(one, other)) : null;
    });
  }

  /**
   * p50 and p99 in milliseconds at each look, of what took place shortly before it.
   * @param {string} which @param {"send" | "push"} what
   */
  quantiles(which, what) {
    return this.looks.map((look, index) => {
      const key = `${what} ${which}`;
      const known = look.quantiles.get(key);
      if (known !== undefined) return known;
      const found = quantilesOf(this.#recent(index, which, what));
      look.quantiles.set(key, found);
      return found;
    });
  }

  /** @param {number} index @param {string} which @param {"send" | "push"} what */
  #recent(index, which, what) {
    const { at } = /** @type {Look} */ (this.looks[index]);
    const recent = [];
    for (let i = index; i >= 0; i--) {
      const look = /** @type {Look} */ (this.looks[i]);
      if (look.at <= at - QUANTILES_OF) break;
      for (const one of samplesOf(look, which)) recent.push(...one[what]);
    }
    return recent;
  }
}

/** @param {Look} look @param {string} which */
function samplesOf(look, which) {
  const one = look.samples.get(which);
  return which ? (one ? [one] : []) : [...look.samples.values()];
}

/** @param {GatewayStats} stats @param {{ at: number, stats: GatewayStats } | undefined} before @param {number} at @returns {Sample} */
function sample(stats, before, at) {
  if (!before || before.at >= at) return { stats, rates: null, send: [], push: [] };
  const seconds = (at - before.at) / 1000;
  const rates = /** @type {Counts} */ ({ ...stats.counts });
  for (const name of /** @type {(keyof Counts)[]} */ (Object.keys(rates))) {
    rates[name] = (stats.counts[name] - before.stats.counts[name]) / seconds;
  }
  return { stats, rates, send: grown(stats.send, before.stats.send), push: grown(stats.push, before.stats.push) };
}

/** What is in these buckets beyond what was in them before. @param {Bucket[]} now @param {Bucket[]} before @returns {Bucket[]} */
function grown(now, before) {
  const were = new Map(before.map(([from, , count]) => [from, count]));
  /** @type {Bucket[]} */
  const more = now.map(([from, to, count]) => [from, to, count - (were.get(from) ?? 0)]);
  return more.filter(([, , count]) => count > 0);
}

/** @param {Bucket[]} buckets @returns {[number, number] | null} */
export function quantilesOf(buckets) {
  const sorted = [...buckets].sort(([one], [other]) => one - other);
  const all = sorted.reduce((sum, [, , count]) => sum + count, 0);
  if (all === 0) return null;
  /** @param {number} share */
  const quantile = (share) => {
    let rank = Math.ceil(all * share);
    for (const [from, to, count] of sorted) {
      rank -= count;
      // The middle is within 3.2 % of all that is in the bucket.
      if (rank <= 0) return (from + to) / 2000;
    }
    return 0;
  };
  return [quantile(0.5), quantile(0.99)];
}
