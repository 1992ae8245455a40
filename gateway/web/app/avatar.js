// The picture of a user or a conversation, or what stands in for it.

import { element, icon } from "./dom.js";

const TONES = 8;
const GROUP = 2;
const WORLD = 3;

/**
 * A picture by URL, or initials on a colour that always is the same for the same id. It says nothing to screen readers: the
 * name stands beside it.
 * @param {{ id: string, avatarUrl?: string, username?: string, name?: string, type?: number, peer?: { id: string } }} of
 *   a user or a conversation
 * @param {{ size?: number, online?: boolean }} [options] `size` in pixels; `online`: with a dot
 */
export function avatar(of, { size = 48, online = false } = {}) {
  const name = of.username ?? of.name ?? "";
  const made = element("span", {
    class: of.type === GROUP || of.type === WORLD ? "avatar group" : "avatar",
    "aria-hidden": "true",
    // A SINGLE looks as the other user does elsewhere.
    dataset: { tone: tone(of.peer?.id ?? of.id) },
  });
  made.style.setProperty("--size", `${size}px`);
  made.append(of.type === WORLD ? icon("globe") : initials(name));
  const url = pictureUrl(of.avatarUrl);
  if (url) {
    const picture = element("img", { alt: "", loading: "lazy", decoding: "async", referrerpolicy: "no-referrer" });
    // A picture that does not come leaves the initials.
    picture.addEventListener("error", () => picture.remove());
    picture.src = url;
    made.append(picture);
  }
  if (online) made.append(element("span", { class: "online" }));
  return made;
}

/** The URL when it is one of a picture that may be loaded, else empty. @param {string | undefined} url */
function pictureUrl(url) {
  if (!url) return "";
  try {
    const parsed = new URL(url);
    return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : "";
  } catch {
    return "";
  }
}

/** @param {string} id */
function tone(id) {
  let hash = 7;
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) >>> 0;
  return hash % TONES;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** At most two letters: of the first word and the last, one where the name is of one word. @param {string} name */
function initials(name) {
  const words = name
    .trim()
    .split(/[\s_.-]+/u)
    .filter(Boolean);
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  const letters = ends.map((word) => graphemes.segment(word)[Symbol.iterator]().next().value?.segment ?? "");
  return letters.join("").toLocaleUpperCase() || "?";
}
