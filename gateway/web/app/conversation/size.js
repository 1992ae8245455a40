// How large a message is, as the server counts: content and extra together, in bytes of UTF-8.

export const MOST_BYTES = 32 * 1024;
/** With so many bytes left or fewer, they are shown. */
export const SHOWN_BELOW = 2048;

const encoder = new TextEncoder();

/** @param {string} text @param {object} [extra] */
export function bytesOf(text, extra) {
  // No character takes more than three bytes for each of its units.
  const certain = text.length * 3 < MOST_BYTES - SHOWN_BELOW - 1024;
  const content = certain ? text.length : encoder.encode(text).length;
  return content + (extra ? encoder.encode(JSON.stringify(extra)).length : 0);
}

/** As it is sent: without blank lines around it. @param {string} text */
export function asSent(text) {
  return text
    .replaceAll("\0", "")
    .replace(/^(?:[^\S\n]*\n)+/, "")
    .trimEnd();
}
