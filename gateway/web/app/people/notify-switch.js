// Desktop notifications, on or off; the browser has the last word.

import { element } from "../dom.js";
import { askForNotifications, notificationPermission, setNotifications, wantsNotifications } from "../notifications.js";
import { t } from "../words/index.js";
import { part } from "./part.js";

/** @param {(text: string) => void} say */
export function notificationsPart(say) {
  const hint = element("p", { class: "hint", id: "notify-hint" });
  const input = element("input", {
    type: "checkbox",
    role: "switch",
    class: "switch",
    "aria-describedby": "notify-hint",
    onchange: async () => {
      const wanted = input.checked;
      if (wanted && notificationPermission() === "default") await askForNotifications();
      setNotifications(wanted);
      show();
      if (input.checked || !wanted) say(t(input.checked ? "people.notifyOn" : "people.notifyOff"));
    },
  });

  function show() {
    const permission = notificationPermission();
    input.checked = permission === "granted" && wantsNotifications();
    input.disabled = permission === "denied" || permission === "unsupported";
    hint.textContent = t(
      { denied: "people.notifyDenied", unsupported: "people.notifyNone" }[/** @type {string} */ (permission)] ??
        "people.notifyHint",
    );
  }
  show();
  return part(t("people.notifications"), element("label", { class: "switch-row" }, t("people.notify"), input), hint);
}
