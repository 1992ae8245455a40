// What the operator's page makes of what gateways have counted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { History, quantilesOf, WINDOW } from "../../../../gateway/web/admin/history.js";

/** @typedef {import("../../../../gateway/web/admin/api.js").GatewayView} GatewayView */
/** @typedef {import("../../../../gateway/web/admin/api.js").Bucket} Bucket */

/** A gateway that has acknowledged so many messages. @returns {GatewayView} */
function gateway(gatewayId = "g1", messagesAcked = 0, send = /** @type {Bucket[]} */ ([]), incarnation = "i1") {
  const none = { messagesFailed: 0, messagesDelivered: 0, pushes: 0, pushesDelivered: 0, signalsDropped: 0 };
  const counts = { messagesAcked, ...none, sessionsEvicted: 0, sessionsOpened: 0 };
  const stats = /** @type {any} */ ({ sessions: 2, users: 2, counts, send, push: [], queues: [], mailboxes: {} });
  return { gatewayId, incarnation, url: "", lease: null, tookMs: 0, clockAheadMs: 0, stats };
}

/** @param {History} history @param {number} at @param {...GatewayView} gateways */
function look(history, at, ...gateways) {
  history.add({ gatewayId: "g1", nowMs: at, leasesKnown: true, users: 3, gateways }, at);
}

/** @param {History} history */
const acked = (history, which = "") => history.series(which, (sample) => sample.rates?.messagesAcked ?? null);

test("a rate is what came between two looks, of one gateway or of all", () => {
  const history = new History();
  look(history, 1_000, gateway("g1", 100), gateway("g2", 7));
  look(history, 2_000, gateway("g1", 110), gateway("g2", 12));
  look(history, 4_000, gateway("g1", 110), gateway("g2", 14));
  assert.deepEqual(acked(history, "g1"), [null, 10, 0]);
  assert.deepEqual(acked(history, "g2"), [null, 5, 1]);
  assert.deepEqual(acked(history), [null, 15, 1]);
  assert.deepEqual(history.ids(), ["g1", "g2"]);
});

test("a gateway that starts anew counts from the beginning, and one that does not answer leaves a gap", () => {
  const history = new History();
  look(history, 1_000, gateway("g1", 100));
  look(history, 2_000, gateway("g1", 3, [], "i2"));
  look(history, 3_000, { ...gateway(), stats: null, incarnation: "i2" });
  look(history, 5_000, gateway("g1", 9, [], "i2"));
  assert.deepEqual(acked(history, "g1"), [null, null, null, 2]);
  assert.equal(history.gateways.size, 2, "both starts are known");
});

test("quantiles are those of the last ten seconds, not of the start", () => {
  const history = new History();
  look(history, 0, gateway("g1", 0, [[5_000_000, 5_100_000, 1_000]]), gateway("g2"));
  look(
    history,
    1_000,
    gateway("g1", 0, [
      [1_000, 1_064, 98],
      [5_000_000, 5_100_000, 1_000],
    ]),
    gateway("g2", 0, [[8_000, 8_500, 2]]),
  );
  look(
    history,
    8_000,
    gateway("g1", 0, [
      [1_000, 1_064, 98],
      [5_000_000, 5_100_000, 1_000],
    ]),
    gateway("g2", 0, [[8_000, 8_500, 2]]),
  );
  look(
    history,
    12_000,
    gateway("g1", 0, [
      [1_000, 1_064, 98],
      [5_000_000, 5_100_000, 1_000],
    ]),
    gateway("g2", 0, [[8_000, 8_500, 2]]),
  );
  assert.deepEqual(history.quantiles("", "send"), [null, [1.032, 8.25], [1.032, 8.25], null]);
  assert.deepEqual(history.quantiles("g1", "send")[1], [1.032, 1.032]);
  assert.equal(history.quantiles("g2", "push")[1], null);
});

test("quantiles of few, of one and of none", () => {
  assert.equal(quantilesOf([]), null);
  assert.deepEqual(quantilesOf([[10, 11, 1]]), [0.0105, 0.0105]);
  assert.deepEqual(
    quantilesOf([
      [30, 31, 1],
      [10, 11, 1],
    ]),
    [0.0105, 0.0305],
  );
});

test("what is older than the window is forgotten, gateways too", () => {
  const history = new History();
  look(history, 0, gateway("gone"), gateway("g1"));
  for (let at = 1_000; at <= 2 * WINDOW; at += 1_000) look(history, at, gateway("g1"));
  assert.deepEqual(history.ids(), ["g1"]);
  assert.ok(history.looks.length < 1.1 * (WINDOW / 1_000), `${history.looks.length} looks`);
});
