// Which charts there are, and what their lines are made of.

/** @import { Counts } from "./api.js" */
/** @import { History, Sample } from "./history.js" */
/** @import { Kind, Line } from "./chart.js" */

import { Chart } from "./chart.js";
import { count, latency, rate, short } from "./numbers.js";

/** @typedef {(history: History, which: string) => Line[]} Lines */

/** @param {string} title @param {string} about @returns {Kind} */
const counted = (title, about) => ({ title, about, show: count, axis: short });
/** @param {string} title @param {string} about @returns {Kind} */
const aSecond = (title, about) => ({ title, about, show: rate, axis: short });
/** @param {string} title @param {string} about @returns {Kind} */
const timed = (title, about) => ({ title, about, show: latency, axis: (ms) => (ms ? latency(ms) : "0") });

/** @param {string} name @param {(sample: Sample) => number | null} read @param {(one: number, other: number) => number} [put] */
const line =
  (name, read, put) =>
  /** @param {History} history @param {string} which @returns {Line} */
  (history, which) => ({ name, values: history.series(which, read, put) });

/** @param {string} name @param {keyof Counts} of */
const growth = (name, of) => line(name, (sample) => sample.rates?.[of] ?? null);

/** Users on two gateways are two of theirs, and one of all. @param {History} history @param {string} which @returns {Line} */
const users = (history, which) => ({
  name: "Users",
  values: which ? history.series(which, (sample) => sample.stats.users) : history.looks.map((look) => look.users),
});

/** @param {string} name @param {(queue: string, isPeer: boolean) => boolean} isMeant */
const waiting = (name, isMeant) =>
  line(name, ({ stats }) =>
    stats.queues.reduce((sum, queue) => sum + (isMeant(queue.name, Boolean(queue.gatewayId)) ? queue.waiting : 0), 0),
  );

const TO_LOGIC = ["logic", "signalling"];

/** @param {"send" | "push"} what @returns {Lines} */
const quantiles = (what) => (history, which) => {
  const both = history.quantiles(which, what);
  return [
    { name: "p50", values: both.map((found) => found?.[0] ?? null) },
    { name: "p99", values: both.map((found) => found?.[1] ?? null) },
  ];
};

/** @param {...((history: History, which: string) => Line)} lines @returns {Lines} */
const all =
  (...lines) =>
  (history, which) =>
    lines.map((one) => one(history, which));

/** @type {[Kind, Lines][]} */
const KINDS = [
  [
    counted("Live sessions", "Open WebSockets, and the distinct users behind them"),
    all(
      line("Sessions", (sample) => sample.stats.sessions),
      users,
    ),
  ],
  [
    aSecond("Messages a second", "Sent by clients and acknowledged; put into the mailboxes of sessions"),
    all(growth("Acknowledged", "messagesAcked"), growth("Delivered", "messagesDelivered")),
  ],
  [timed("Send to acknowledgement", "From a message’s arrival at its gateway, over 10 seconds"), quantiles("send")],
  [
    counted("Calls that wait for", "For the next batch, or are under way: to logic, to repo, to the other gateways"),
    all(
      waiting("Logic", (name) => TO_LOGIC.includes(name)),
      waiting("Repo", (name, isPeer) => !isPeer && !TO_LOGIC.includes(name)),
      waiting("Gateways", (_, isPeer) => isPeer),
    ),
  ],
  [
    counted("Frames in mailboxes", "That wait for the sockets of sessions: of all, and in the fullest"),
    all(
      line("All sessions", (sample) => sample.stats.mailboxes.frames),
      line("Fullest", (sample) => sample.stats.mailboxes.mostFrames, Math.max),
    ),
  ],
  [
    aSecond("Pushes a second", "Calls of PushToUsers, and what they put into the mailboxes of sessions"),
    all(growth("Pushes", "pushes"), growth("Delivered", "pushesDelivered")),
  ],
  [timed("PushToUsers", "A push as a whole, over 10 seconds"), quantiles("push")],
  [
    aSecond(
      "Losses a second",
      "Signals that were dropped, sessions closed for reading too slowly, messages refused or failed",
    ),
    all(
      growth("Signals", "signalsDropped"),
      growth("Evictions", "sessionsEvicted"),
      growth("Failed", "messagesFailed"),
    ),
  ],
];

/** @param {HTMLElement} parent @returns {(history: History, which: string, now: number) => void} shows a look */
export function charts(parent) {
  const made = KINDS.map(([kind, lines]) => ({ chart: new Chart(kind), lines }));
  parent.replaceChildren(...made.map(({ chart }) => chart.element));
  return (history, which, now) => {
    const times = history.looks.map((look) => look.at);
    for (const { chart, lines } of made) chart.show(times, lines(history, which), now);
  };
}
