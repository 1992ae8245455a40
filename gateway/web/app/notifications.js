// Desktop notifications for what comes while the page is hidden, and the number of unread messages in the title.

import { isMuted } from "./muted.js";
import { notice } from "./notices.js";
import { displayName, messageText } from "./sidebar/preview.js";

const TITLE = "GoChat";
const STORED = "gochat.notifications";
const NOTIFIER = "gochat.notifier";
const VISIBLE = "gochat.visible";

/** @returns {NotificationPermission | "unsupported"} */
export function notificationPermission() {
  return "Notification" in window ? Notification.permission : "unsupported";
}

/** Asks the browser; to be called from a click. */
export async function askForNotifications() {
  return "Notification" in window && (await Notification.requestPermission()) === "granted";
}

/** What was chosen in this browser, whether or not it permits them. */
export function wantsNotifications() {
  return localStorage.getItem(STORED) !== "off";
}

/** @param {boolean} wanted */
export function setNotifications(wanted) {
  if (wanted) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, "off");
}

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {{ open(conversationId: string): void, signal: AbortSignal }} options
 */
export function startNotifications(chat, { open, signal }) {
  const mayNotify = turns(signal);
  const title = () => {
    const count = chat.conversations.unreadTotal;
    const text = count > 0 ? `(${count > 99 ? "99+" : count}) ${TITLE}` : TITLE;
    if (document.title !== text) document.title = text;
  };
  chat.conversations.addEventListener("change", title, { signal });
  signal.addEventListener("abort", () => {
    document.title = TITLE;
  });
  title();

  chat.addEventListener(
    "message",
    async ({ detail: { message } }) => {
      if (!document.hidden || message.sender.id === chat.user?.id || isMuted(message.conversationId)) return;
      const conversation = chat.conversations.get(message.conversationId);
      const isSingle = conversation?.type === 1;
      const text = messageText(message, chat.user?.id);
      const body = isSingle ? text : `${message.sender.username}: ${text}`;
      if (!(await mayNotify())) return;
      desktop(
        isSingle || !conversation ? message.sender.username : displayName(conversation),
        body,
        message.conversationId,
        () => open(message.conversationId),
      );
    },
    { signal },
  );
  chat.addEventListener(
    "push",
    async ({ detail: { type, data, pushId } }) => {
      const said = [data.text, data.title].find((text) => typeof text === "string" && text) ?? type;
      notice(String(said), { seconds: 10 });
      const heading = typeof data.title === "string" && data.title ? data.title : TITLE;
      if (document.hidden && (await mayNotify())) desktop(heading, String(said), pushId ?? type, () => {});
    },
    { signal },
  );
}

/** @param {string} title @param {string} body @param {string} tag one more with it takes the place of the last @param {() => void} clicked */
function desktop(title, body, tag, clicked) {
  if (notificationPermission() !== "granted" || !wantsNotifications()) return;
  try {
    const options = /** @type {NotificationOptions} */ ({ body, tag, renotify: true, icon: "/icon.svg" });
    const shown = new Notification(title, options);
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
      clicked();
    });
  } catch {
    // Some mobile browsers have the constructor and refuse it.
  }
}

/**
 * Tells whether this tab is the one to notify: of several hidden tabs one does, and none while another is looked at.
 * @param {AbortSignal} signal
 */
function turns(signal) {
  const { locks } = navigator;
  if (!locks) return async () => true;
  let isNotifier = false;
  const forever = new Promise((resolve) => signal.addEventListener("abort", resolve));
  locks
    .request(NOTIFIER, { signal }, () => {
      isNotifier = true;
      return forever;
    })
    .catch(() => {});

  /** @type {(() => void) | undefined} */
  let letGo;
  const look = () => {
    letGo?.();
    letGo = undefined;
    if (document.hidden || signal.aborted) return;
    const hidden = new Promise((resolve) => {
      letGo = () => resolve(undefined);
    });
    locks.request(VISIBLE, { mode: "shared" }, () => hidden).catch(() => {});
  };
  document.addEventListener("visibilitychange", look, { signal });
  signal.addEventListener("abort", () => letGo?.());
  look();
  return async () => isNotifier && !(await locks.query()).held?.some((lock) => lock.name === VISIBLE);
}
