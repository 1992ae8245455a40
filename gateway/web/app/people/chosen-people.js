// Several people, chosen by search: each stands as a chip that can be taken out again.

import { avatar } from "../avatar.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { peopleSearch } from "./people-search.js";
import { counted } from "./sentences.js";

/** @typedef {import("/gochat.js").UserInfo} UserInfo */

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {{ friends: () => UserInfo[], refuse?: (user: UserInfo) => string, label?: string }} options `refuse` gives why somebody cannot be taken
 */
export function chosenPeople(chat, { friends, refuse, label }) {
  /** @type {Map<string, UserInfo>} */
  const chosen = new Map();
  const chips = element("ul", { class: "chips", role: "list", "aria-label": t("people.chosen") });
  const status = element("p", { class: "visually-hidden", role: "status" });
  const search = peopleSearch(chat, {
    label,
    pick: add,
    offered: () => friends().filter((user) => !chosen.has(user.id) && !refuse?.(user)),
    note: (user) => (chosen.has(user.id) ? t("people.isChosen") : (refuse?.(user) ?? "")),
    refuse: (user) => chosen.has(user.id) || Boolean(refuse?.(user)),
    backspace: () => {
      const last = [...chosen.values()].at(-1);
      if (last) remove(last);
    },
  });

  /** @param {UserInfo} user */
  function add(user) {
    chosen.set(user.id, user);
    render();
    status.textContent = `${t("people.wasChosen", { name: user.username })} ${counted("people.chosenCount", chosen.size)}`;
    search.reset();
    search.input.focus();
  }

  /** @param {UserInfo} user */
  function remove(user) {
    chosen.delete(user.id);
    render();
    status.textContent = t("people.wasUnchosen", { name: user.username });
    search.reset();
    search.input.focus();
  }

  function render() {
    chips.hidden = chosen.size === 0;
    chips.replaceChildren(...[...chosen.values()].map((user) => chip(user, () => remove(user))));
  }

  render();
  return {
    element: element("div", { class: "chosen-people" }, chips, search.element, status),
    search,
    ids: () => [...chosen.keys()],
    /** @param {string} id */
    nameOf: (id) => chosen.get(id)?.username ?? id,
    /** Those who were added already. @param {string[]} ids */
    drop(ids) {
      for (const id of ids) chosen.delete(id);
      render();
      search.reset();
    },
  };
}

/** @param {UserInfo} user @param {() => void} remove */
function chip(user, remove) {
  return element(
    "li",
    { class: "chip" },
    avatar(user, { size: 24 }),
    element("span", { class: "chip-name" }, user.username),
    element(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": t("people.unchoose", { name: user.username }),
        onclick: remove,
      },
      icon("close"),
    ),
  );
}
