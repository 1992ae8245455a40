// Friends: who they are, who asks, whom to ask, and who is blocked.

import { openDialog } from "../dialog.js";
import { element } from "../dom.js";
import { t } from "../words/index.js";
import { addTab } from "./add-tab.js";
import { blockedTab } from "./blocked-tab.js";
import { friendsTab } from "./friends-tab.js";
import { onReconnected } from "./reconnected.js";
import { requestsTab } from "./requests-tab.js";
import { counted } from "./sentences.js";
import { tabs } from "./tabs.js";

/**
 * @typedef {object} Place what each tab gets
 * @property {import("/gochat.js").GoChat} chat
 * @property {(conversationId: string) => void} onOpen
 * @property {(text: string) => void} say
 * @property {AbortSignal} signal
 * @property {() => void} changed something between the caller and another changed: all tabs load anew
 * @property {EventTarget} changes tells `change` then
 */

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {{ onOpen(conversationId: string): void }} options
 */
export function openFriends(chat, { onOpen }) {
  if (chat.user?.isGuest) {
    return openDialog({
      title: t("people.friends"),
      content: element("p", { class: "soft" }, t("people.guestsNoFriends")),
    });
  }
  const content = element("div", {});
  const dialog = openDialog({ title: t("people.friends"), content, class: "dialog-tall dialog-fixed" });
  const changes = new EventTarget();
  const changed = () => changes.dispatchEvent(new Event("change"));
  /** @type {Place} */
  const place = { chat, onOpen, say: dialog.say, signal: dialog.signal, changed, changes };
  // Made at once: how many wait is told on the tab.
  const requests = requestsTab(place, (waiting) =>
    all.setBadge("requests", waiting, counted("people.waiting", waiting)),
  );
  const all = tabs(t("people.friends"), [
    { id: "friends", label: t("people.tabFriends"), content: () => friendsTab(place, () => all.choose("add")) },
    { id: "requests", label: t("people.tabRequests"), content: () => requests },
    { id: "add", label: t("people.tabAdd"), content: () => addTab(place) },
    { id: "blocked", label: t("people.tabBlocked"), content: () => blockedTab(place) },
  ]);
  content.append(all.element);
  all.first.focus();

  const { signal } = dialog;
  onReconnected(chat, changed, signal);
  chat.addEventListener("friend-accepted", changed, { signal });
  chat.addEventListener(
    "friend-request",
    ({ detail }) => {
      changed();
      const { from } = detail.request;
      if (from.id !== chat.user?.id) dialog.say(t("people.newRequest", { name: from.username }));
    },
    { signal },
  );
  return dialog;
}
