// What the gateway is asked. Types: as `gateway/src/stats` and `gateway/src/admin` write them.

/**
 * @typedef {[fromMicros: number, toMicros: number, count: number]} Bucket
 * @typedef {{ messagesAcked: number, messagesFailed: number, messagesDelivered: number, pushes: number, pushesDelivered: number,
 *   signalsDropped: number, sessionsEvicted: number, sessionsOpened: number }} Counts since the gateway started
 * @typedef {{ name: string, gatewayId?: string, waiting: number, bound: number }} QueueDepth
 * @typedef {{ frames: number, bytes: number, mostFrames: number, mostBytes: number, boundFrames: number, boundBytes: number }} Mailboxes
 * @typedef {{ version: string, startedAtMs: number, nowMs: number, ready: boolean, standing: string,
 *   dependencies: { name: string, url: string, ready: boolean }[], sessions: number, users: number, mailboxes: Mailboxes,
 *   queues: QueueDepth[], counts: Counts, send: Bucket[], push: Bucket[] }} GatewayStats
 * @typedef {{ gatewayId: string, incarnation: string, url: string, lease: { heldMs: number, renewedMs: number, leftMs: number } | null,
 *   tookMs: number, clockAheadMs: number, stats: GatewayStats | null }} GatewayView
 * @typedef {{ gatewayId: string, nowMs: number, leasesKnown: boolean, users: number, gateways: GatewayView[] }} Overview
 * @typedef {{ userIds: string[], type: string, data: string, ttlSeconds: number, pushId: string }} Push `data`: JSON text
 * @typedef {{ userId: string, status: string, sessions: number, gatewayIds: string[] }} PushResult
 */

const KEPT_AS = "gochat.admin.token";
/** Longer than the gateway waits for all others. */
const ANSWERED_WITHIN = 5000;

/** A refusal, or no answer at all (`status` 0). */
export class Refusal extends Error {
  /** @param {number} status @param {string} message @param {number} [retryAfter] seconds */
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export const token = {
  get: () => sessionStorage.getItem(KEPT_AS),
  /** @param {string} value */
  set: (value) => sessionStorage.setItem(KEPT_AS, value),
  forget: () => sessionStorage.removeItem(KEPT_AS),
};

/** @returns {Promise<Overview>} */
export const overview = () => ask("stats");

/** @param {Push} push @returns {Promise<{ pushId: string, results: PushResult[] }>} */
export function push({ data, ...rest }) {
  // As it was typed: numbers that JavaScript cannot hold stay what they are.
  const body = `${JSON.stringify(rest).slice(0, -1)},"data":${data}}`;
  return ask("push", { method: "POST", body, headers: { "content-type": "application/json" } });
}

/** @param {string} what @param {RequestInit} [init] */
async function ask(what, init = {}) {
  const headers = { ...init.headers, authorization: `Bearer ${token.get() ?? ""}` };
  const signal = AbortSignal.timeout(init.method ? 3 * ANSWERED_WITHIN : ANSWERED_WITHIN);
  const answer = await fetch(`/admin/api/${what}`, { ...init, headers, signal }).catch(() => null);
  if (!answer) throw new Refusal(0, "The gateway does not answer.");
  const body = await answer.json().catch(() => null);
  if (answer.ok && body?.success) return body.data;
  const retryAfter = Number(answer.headers.get("retry-after")) || undefined;
  throw new Refusal(answer.status, body?.message ?? `The gateway answers ${answer.status}.`, retryAfter);
}
