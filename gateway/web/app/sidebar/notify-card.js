// Offers desktop notifications once: the browser itself may be asked only after a click.

import { element, icon } from "../dom.js";
import { notice } from "../notices.js";
import { askForNotifications, notificationPermission } from "../notifications.js";
import { t } from "../words/index.js";

const STORED = "gochat.notifications-declined";

export function notifyCard() {
  const card = element("div", { class: "notify-card", hidden: notificationPermission() !== "default" || stored() });
  const close = () => {
    localStorage.setItem(STORED, "1");
    card.hidden = true;
  };
  const turnOn = async () => {
    close();
    const granted = await askForNotifications();
    notice(t(granted ? "notify.on" : "notify.denied"), { kind: granted ? "good" : "info" });
  };
  card.append(
    icon("bell"),
    element("p", {}, t("sidebar.notify.text")),
    element("button", { class: "button small quiet", type: "button", onclick: close }, t("sidebar.notify.no")),
    element("button", { class: "button small primary", type: "button", onclick: turnOn }, t("sidebar.notify.yes")),
  );
  return card;
}

function stored() {
  return localStorage.getItem(STORED) !== null;
}
