// Who the gateways are, and how each is doing.

/** @import { GatewayStats } from "./api.js" */
/** @import { History, Seen } from "./history.js" */

import { count, date, duration, latency, rate, time } from "./numbers.js";
import { Table, write, writeChips, writeTwo } from "./table.js";

const COLUMNS = [
  { name: "Gateway", class: "who" },
  { name: "State" },
  { name: "Sessions", class: "number" },
  { name: "Messages/s", class: "number" },
  { name: "Send p99", class: "number" },
  { name: "Lease" },
  { name: "Up" },
  { name: "Clock", class: "number" },
  { name: "Needs" },
];
/** A lease with less left is about to run out: it is renewed every 3 of its 10 seconds. */
const LITTLE_LEFT = 5_000;
/** A clock that is further off is worth a look. */
const CLOCK_OFF = 1_000;

/** @param {HTMLElement} parent @returns {(history: History, at: number) => void} */
export function gateways(parent) {
  const table = new Table(parent, "Table of gateways", COLUMNS);
  return (history, at) => {
    const seen = [...history.gateways.values()].sort(
      (one, other) => one.gatewayId.localeCompare(other.gatewayId) || other.seenAt - one.seenAt,
    );
    table.show(
      seen,
      (one) => `${one.gatewayId} ${one.incarnation}`,
      (one, cells) => fill(one, cells, history, at),
    );
  };
}

/** @param {Seen} seen @param {HTMLElement[]} cells @param {History} history @param {number} at */
function fill(seen, cells, history, at) {
  const [who, state, sessions, messages, p99, lease, up, clock, needs] = cells;
  const isGone = seen.seenAt < at;
  const stats = isGone ? null : seen.stats;
  who?.parentElement?.classList.toggle("gone", isGone);
  writeTwo(who, seen.gatewayId, seen.url.replace(/\/$/, ""));
  if (who) who.title = `Start ${seen.incarnation}`;
  writeChips(state, [isGone ? { text: "Gone", kind: "", title: `Last seen ${time(seen.seenAt)}` } : stateOf(stats)]);
  const last = history.looks.at(-1)?.samples.get(seen.gatewayId);
  const quantiles = history.quantiles(seen.gatewayId, "send").at(-1);
  writeTwo(sessions, stats ? count(stats.sessions) : "–", stats ? `${count(stats.users)} users` : "");
  writeTwo(
    messages,
    stats && last?.rates ? rate(last.rates.messagesAcked) : "–",
    stats && last?.rates ? `${rate(last.rates.messagesDelivered)} delivered` : "",
  );
  write(p99, stats && quantiles ? latency(quantiles[1]) : "–");
  showLease(lease, seen, isGone);
  writeTwo(
    up,
    stats ? duration(stats.nowMs - stats.startedAtMs) : "–",
    stats ? `version ${stats.version}` : isGone ? `last seen ${time(seen.seenAt)}` : "",
  );
  if (up) up.title = stats ? `Started ${date(stats.startedAtMs)}` : "";
  const off = seen.clockAheadMs;
  const isOff = Math.abs(off) > Math.max(CLOCK_OFF, seen.tookMs);
  clock?.classList.toggle("bad", stats !== null && isOff);
  writeTwo(
    clock,
    stats ? time(stats.nowMs) : "–",
    stats ? (isOff ? `${off > 0 ? "+" : "−"}${duration(Math.abs(off))}` : "in step") : "",
  );
  writeChips(
    needs,
    (stats?.dependencies ?? []).map((one) => ({
      text: one.name,
      kind: one.ready ? "good" : "bad",
      title: `${one.url} ${one.ready ? "is ready" : "is not ready"}`,
    })),
  );
}

/** @param {GatewayStats | null} stats */
function stateOf(stats) {
  if (!stats) return { text: "Does not answer", kind: "bad" };
  if (stats.ready) return { text: "Ready", kind: "good" };
  const why = { seeking: "seeks its lease", fresh: "just came", replaced: "its id was taken", held: "" }[
    stats.standing
  ];
  return { text: why ? `Not ready: ${why}` : "Not ready", kind: "bad" };
}

/** @param {HTMLElement | undefined} into @param {Seen} seen @param {boolean} isGone */
function showLease(into, seen, isGone) {
  const age = isGone ? null : seen.lease;
  into?.classList.toggle("bad", age !== null && age.leftMs < LITTLE_LEFT);
  const left = age ? `${duration(age.leftMs)} left` : isGone ? "none" : "unknown";
  writeTwo(into, left, age ? `held ${duration(age.heldMs)}` : "");
  if (into) into.title = age ? `Renewed ${duration(age.renewedMs)} ago` : "";
}
