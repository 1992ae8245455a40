// Oneself: picture, appearance, notifications, password, sign-ins, and signing out.

import { avatar } from "../avatar.js";
import { openDialog } from "../dialog.js";
import { element } from "../dom.js";
import { t } from "../words/index.js";
import { appearancePart } from "./appearance.js";
import { notificationsPart } from "./notify-switch.js";
import { part } from "./part.js";
import { openPassword } from "./password.js";
import { tag } from "./person-row.js";
import { openPicture } from "./picture.js";
import { signInsPart } from "./sign-ins.js";
import { signOutButton } from "./sign-out.js";
import { date } from "./when.js";

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {{ onSignedOut(): void }} options
 */
export function openProfile(chat, { onSignedOut }) {
  const head = element("div", { class: "head" });
  const content = element("div", { class: "profile" });
  const dialog = openDialog({ title: t("people.profile"), content, class: "dialog-tall" });

  function showHead() {
    const { user } = chat;
    if (!user) return dialog.close();
    const { isGuest } = user;
    head.replaceChildren(
      avatar(user, { size: 80 }),
      element("p", { class: "head-name" }, user.username, isGuest && tag(t("people.guest"))),
      element(
        "p",
        { class: "soft small" },
        isGuest ? t("people.guestProfile") : t("people.memberSince", { date: date(user.createdAt) }),
      ),
      ...(isGuest ? [] : [element("div", { class: "head-actions" }, ...ofRegistered(user))]),
    );
  }

  /** @param {import("/gochat.js").User} user */
  function ofRegistered(user) {
    const picture = () => openPicture(chat, user, () => dialog.say(t("people.saved")));
    const password = () =>
      openPassword(chat, () => {
        dialog.say(t("people.didPassword"));
        signIns.load();
      });
    return [
      element(
        "button",
        { type: "button", dataset: { key: "change-picture" }, class: "button small", onclick: picture },
        t("people.changePicture"),
      ),
      element(
        "button",
        { type: "button", dataset: { key: "change-password" }, class: "button small", onclick: password },
        t("people.changePassword"),
      ),
    ];
  }

  const signIns = signInsPart(chat, dialog.say);

  function show() {
    dialog.setTitle(t("people.profile"));
    showHead();
    content.replaceChildren(
      head,
      appearancePart(show),
      notificationsPart(dialog.say),
      part(t("people.signIns"), signIns.element),
      element("div", { class: "ends" }, signOutButton(chat, onSignedOut)),
    );
  }

  show();
  chat.addEventListener("user", showHead, { signal: dialog.signal });
  return dialog;
}
