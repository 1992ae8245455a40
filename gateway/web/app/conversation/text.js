// The text of a message in parts: plain, and links. Nothing here is HTML.

/** @typedef {{ text: string, href?: string }} Part */

/**
 * Ends at white space, quotes, angle brackets, the punctuation of Chinese and Japanese, and at what turns the direction of writing,
 * which could show another address than the link has.
 */
const LINK =
  /\bhttps?:\/\/[^\s<>"“”‘’«»\u3000-\u303f\uff00-\uff0f\uff1a-\uff1f\uff3b-\uff40\uff5b-\uff65\u200b-\u200f\u202a-\u202e\u2066-\u2069]+/gi;
const LONGEST_LINK = 2048;
const TRAILING = /[.,;:!?'*…]$/;
const BRACKETS = /** @type {Record<string, string>} */ ({ ")": "(", "]": "[", "}": "{" });

const ONE_EMOJI =
  "(?:\\p{Regional_Indicator}{2}|[0-9#*]\\uFE0F?\\u20E3|(?![©®™‼⁉])\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier})?[\\u{E0020}-\\u{E007F}]*(?:\\u200D\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier})?)*)";
const FEW_EMOJI = new RegExp(`^(?:${ONE_EMOJI}\\s?){1,5}$`, "u");

/** @param {string} text @returns {Part[]} */
export function parts(text) {
  /** @type {Part[]} */
  const found = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    if (match[0].length > LONGEST_LINK) continue;
    const shown = withoutTrailing(match[0]);
    const href = safeLink(shown);
    if (!href) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ text: shown, href });
    from = match.index + shown.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** Punctuation at the end belongs to the sentence, a closing bracket only when it was not opened. @param {string} link */
function withoutTrailing(link) {
  for (;;) {
    const end = link.slice(-1);
    const opening = BRACKETS[end];
    const unopened = opening !== undefined && link.split(opening).length < link.split(end).length;
    if (!unopened && !TRAILING.test(end)) return link;
    link = link.slice(0, -1);
  }
}

/** The address in the form that browsers go to (hosts in punycode), if it is one of the web. @param {string} text */
export function safeLink(text) {
  /** @type {URL} */
  let url;
  try {
    url = new URL(text.trim());
  } catch {
    return undefined;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  // `https://bank.example@evil.example` is no address that people read rightly.
  if (url.username || url.password || !url.hostname) return undefined;
  return url.href;
}

/** One to five emoji and nothing else. @param {string} text */
export function onlyEmoji(text) {
  const trimmed = text.trim();
  return trimmed.length > 0 && trimmed.length <= 120 && FEW_EMOJI.test(trimmed);
}
