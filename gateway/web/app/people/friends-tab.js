// The caller's friends, those online first.

import { closeDialogs } from "../dialog.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { confirmDialog } from "./confirm.js";
import { once } from "./form.js";
import { loaded } from "./loaded.js";
import { menuButton } from "./menu.js";
import { openPerson } from "./person.js";
import { list, personRow } from "./person-row.js";
import { followPresence } from "./presence.js";
import { sentence } from "./sentences.js";

const FILTER_FROM = 10;
const MOST_SHOWN = 200;

/** @typedef {import("/gochat.js").UserInfo} UserInfo */

/** @param {import("./friends.js").Place} place @param {() => void} goAdd */
export function friendsTab(place, goAdd) {
  const { chat, onOpen, say, signal, changed, changes } = place;
  const presence = followPresence(chat, () => all.show(), signal);
  const problem = element("p", { class: "problem", role: "alert" });
  const input = element("input", {
    type: "search",
    placeholder: t("people.filterFriends"),
    "aria-label": t("people.filterFriends"),
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => all.show(),
  });
  const box = element("div", { class: "search-box", hidden: true }, icon("search"), input);
  const all = loaded(
    async () => {
      const friends = await chat.friends();
      presence.ask(friends.map(({ id }) => id));
      return friends;
    },
    (friends) => {
      if (friends.length === 0) return nobody(goAdd);
      const text = input.value.trim().toLowerCase();
      box.hidden = friends.length < FILTER_FROM;
      const shown = friends.filter(({ username }) => username.toLowerCase().includes(text));
      const rank = (/** @type {UserInfo} */ user) => Number(!presence.isOnline(user.id));
      // The server sorts by name; among equals that order stays.
      const rows = shown
        .sort((a, b) => rank(a) - rank(b))
        .slice(0, MOST_SHOWN)
        .map(row);
      return [list(t("people.friends"), rows, t("people.nobody", { query: input.value.trim() }))];
    },
  );

  /** @param {UserInfo} user */
  function row(user) {
    const name = user.username;
    const write = element(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": t("people.messageTo", { name }),
        dataset: { key: `write-${user.id}` },
      },
      icon("chat"),
    );
    const open = async () => {
      const { id } = await chat.openSingle(user.id);
      closeDialogs();
      onOpen(id);
    };
    write.addEventListener("click", once(write, open, { failed: (error) => fail(sentence(error, "chat")) }));
    const items = () => [
      {
        label: t("people.openProfile"),
        icon: "user",
        run: () => openPerson(chat, user, { onOpen }).closed.then(changed),
      },
      { label: t("people.removeFriend"), icon: "trash", danger: true, run: () => ask(user, "removeFriend") },
      { label: t("people.block"), icon: "block", danger: true, run: () => ask(user, "block") },
    ];
    const online = presence.isOnline(user.id);
    return personRow(user, {
      online,
      note: t(online ? "people.online" : "people.offline"),
      open: () => openPerson(chat, user, { onOpen }).closed.then(changed),
      actions: [write, menuButton(t("people.actions", { name }), items, `menu-${user.id}`)],
    });
  }

  /** @param {UserInfo} user @param {"removeFriend" | "block"} key */
  async function ask(user, key) {
    const name = user.username;
    const confirmed = await confirmDialog({
      title: t(`people.${key}Title`, { name }),
      text: t(`people.${key}Text`, { name }),
      confirm: t(`people.${key}`),
      run: () => (key === "block" ? chat.block(user.id) : chat.removeFriend(user.id)),
    });
    if (!confirmed) return;
    say(t(key === "block" ? "people.didBlock" : "people.didRemoveFriend", { name }));
    changed();
  }

  /** @param {string} text */
  function fail(text) {
    problem.textContent = text;
  }

  changes.addEventListener("change", all.load, { signal });
  return element("div", { class: "tab-content" }, problem, box, all.element);
}

/** @param {() => void} goAdd */
function nobody(goAdd) {
  return [
    element(
      "div",
      { class: "empty" },
      icon("users"),
      element("p", {}, t("people.noFriends")),
      element("button", { type: "button", class: "button", onclick: goAdd }, icon("user-plus"), t("people.addFriend")),
    ),
  ];
}
