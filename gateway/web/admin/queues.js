// How full the queues are.

/** @import { History } from "./history.js" */

import { element } from "../app/dom.js";
import { bytes, count } from "./numbers.js";
import { Table, write } from "./table.js";

/** What gateways call their queues, in words. */
const NAMES = {
  logic: "Logic · messages",
  signalling: "Logic · signals",
  presence: "Repo · where users are",
  "reading kept pushes": "Repo · reading kept pushes",
  "keeping pushes": "Repo · keeping pushes",
  "dropping kept pushes": "Repo · dropping kept pushes",
  "finding pushes": "Repo · who had which push",
  "noting pushes": "Repo · noting who had it",
};

/** @typedef {{ name: string, waiting: number, share: number, full: string }} Row `share` of the fullest one, and that in words */

/** @param {HTMLElement} parent @returns {(history: History, which: string) => void} */
export function queues(parent) {
  const table = new Table(parent, "Table of queues", [
    { name: "Queue" },
    { name: "Waiting", class: "number" },
    { name: "Fullest", class: "fullest" },
  ]);
  return (history, which) => {
    table.show(rows(history, which), (row) => row.name, fill);
  };
}

/** @param {History} history @param {string} which @returns {Row[]} */
function rows(history, which) {
  /** @type {Map<string, Row>} */
  const found = new Map();
  const add = (
    /** @type {string} */ name,
    /** @type {number} */ waiting,
    /** @type {number} */ share,
    /** @type {string} */ full,
  ) => {
    const row = found.get(name) ?? { name, waiting: 0, share: -1, full: "" };
    row.waiting += waiting;
    if (share > row.share) Object.assign(row, { share, full });
    found.set(name, row);
  };
  for (const [id, { stats }] of history.looks.at(-1)?.samples ?? []) {
    if (which && id !== which) continue;
    const at = which ? "" : ` at ${id}`;
    for (const queue of stats.queues) {
      const name = queue.gatewayId
        ? `Gateway · ${queue.gatewayId}`
        : (NAMES[/** @type {keyof typeof NAMES} */ (queue.name)] ?? queue.name);
      add(
        name,
        queue.waiting,
        queue.waiting / queue.bound,
        `${count(queue.waiting)} of ${count(queue.bound)}${queue.waiting ? at : ""}`,
      );
    }
    const { frames, mostFrames, boundFrames, mostBytes, boundBytes } = stats.mailboxes;
    const share = Math.max(mostFrames / boundFrames, mostBytes / boundBytes);
    add(
      "Sessions · frames",
      frames,
      share,
      `${count(mostFrames)} of ${count(boundFrames)}, ${bytes(mostBytes)} of ${bytes(boundBytes)}`,
    );
  }
  // Sessions, logic, repo, and at the end the other gateways, of which there may be many.
  return [...found.values()].sort((one, other) => order(one) - order(other) || one.name.localeCompare(other.name));
}

/** @param {Row} row */
const order = ({ name }) => ["Sessions", "Logic", "Repo", "Gateway"].findIndex((first) => name.startsWith(first));

/** @param {Row} row @param {HTMLElement[]} cells */
function fill(row, [name, waiting, fullest]) {
  write(name, row.name);
  write(waiting, count(row.waiting));
  if (!fullest) return;
  if (fullest.childElementCount !== 2) {
    fullest.replaceChildren(
      element("div", { class: "hint" }),
      element("div", { class: "gauge", "aria-hidden": "true" }, element("div")),
    );
  }
  write(fullest.children[0], row.full);
  const gauge = /** @type {HTMLElement | null | undefined} */ (fullest.children[1]?.firstElementChild);
  if (!gauge) return;
  gauge.style.width = `${Math.min(100, Math.ceil(row.share * 100))}%`;
  gauge.classList.toggle("bad", row.share > 0.5);
}
