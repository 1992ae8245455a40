// Desktop notifications, on or off; the browser has the last word.

import { isMuted, mutedChanges, setMuted } from "../muted.js";
import { askForNotifications, notificationPermission, setNotifications, wantsNotifications } from "../notifications.js";
import { t } from "../words/index.js";
import { part } from "./part.js";
import { switchRow } from "./switch.js";

/** Of everything. @param {(text: string) => void} say */
export function notificationsPart(say) {
  const row = switchRow({
    label: t("people.notify"),
    change: async (wanted) => {
      if (wanted && notificationPermission() === "default") await askForNotifications();
      setNotifications(wanted);
      show();
      if (isOn() === wanted) say(t(wanted ? "people.notifyOn" : "people.notifyOff"));
    },
  });
  const isOn = () => notificationPermission() === "granted" && wantsNotifications();

  function show() {
    const hints = { denied: "people.notifyDenied", unsupported: "people.notifyNone" };
    const hint = hints[/** @type {keyof typeof hints} */ (notificationPermission())];
    row.show({ on: isOn(), disabled: hint !== undefined, hint: t(hint ?? "people.notifyHint") });
  }
  show();
  return part(t("people.notifications"), row.element);
}

/** Of one conversation, in this browser. @param {string} conversationId @param {AbortSignal} signal */
export function conversationNotify(conversationId, signal) {
  const row = switchRow({
    label: t("people.notifyHere"),
    hint: t("people.notifyHereHint"),
    change: (wanted) => setMuted(conversationId, !wanted),
  });
  const show = () => row.show({ on: !isMuted(conversationId) });
  mutedChanges.addEventListener("change", show, { signal });
  show();
  return row.element;
}
