// Numbers as people read them.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const small = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });

/** @param {number} value */
export const count = (value) => whole.format(value);

/** Of a second: small ones with a digit more. @param {number} value */
export const rate = (value) => (value < 10 ? small : whole).format(value);

/** For an axis. @param {number} value */
export const short = (value) => (value < 10 ? small : compact).format(value);

/** @param {number} ms */
export function latency(ms) {
  if (ms < 1) return `${whole.format(ms * 1000)} µs`;
  if (ms < 1000) return `${(ms < 100 ? small : whole).format(ms)} ms`;
  return `${small.format(ms / 1000)} s`;
}

/** @param {number} ms */
export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** @param {number} ms */
export const bytes = (ms) => {
  if (ms < 1024) return `${ms} B`;
  return ms < 1024 * 1024 ? `${small.format(ms / 1024)} KiB` : `${small.format(ms / 1024 / 1024)} MiB`;
};

/** @param {number} at Unix milliseconds */
export const time = (at) => clock.format(at);

/** @param {number} at Unix milliseconds */
export const date = (at) => moment.format(at);
