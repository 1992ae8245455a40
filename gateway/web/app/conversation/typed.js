// What was typed and not sent, for each user and conversation, kept over reloads. The oldest give way.

const STORED = "gochat.typed";
const KEPT = 40;
const MOST = 200_000;

/** @typedef {Record<string, { text: string, at: number }>} Typed By user and conversation. */

/** @returns {Typed} */
function all() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED) ?? "{}");
    return typeof stored === "object" && stored !== null && !Array.isArray(stored) ? stored : {};
  } catch {
    return {};
  }
}

/** @param {Typed} typed */
function store(typed) {
  try {
    if (Object.keys(typed).length === 0) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, JSON.stringify(typed));
  } catch {
    // The browser's room is full, or there is none: the text is in the field still.
  }
}

/** @param {string} user @param {string} conversation */
export function typedText(user, conversation) {
  const text = all()[`${user} ${conversation}`]?.text;
  return typeof text === "string" ? text : "";
}

/** @param {string} user @param {string} conversation @param {string} text */
export function keepTyped(user, conversation, text) {
  const typed = all();
  const key = `${user} ${conversation}`;
  if ((typed[key]?.text ?? "") === text) return;
  delete typed[key];
  if (text && text.length <= MOST) typed[key] = { text, at: Date.now() };
  const newest = Object.entries(typed).sort(([, a], [, b]) => b.at - a.at);
  let room = MOST;
  const kept = newest.slice(0, KEPT).filter(([, one]) => {
    room -= one.text.length;
    return room >= 0;
  });
  store(Object.fromEntries(kept));
}

/** Signed out: what a user typed is not for the next. @param {string} user */
export function forgetTyped(user) {
  store(Object.fromEntries(Object.entries(all()).filter(([key]) => !key.startsWith(`${user} `))));
}
