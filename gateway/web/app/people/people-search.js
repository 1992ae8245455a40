// A box that finds people by how their name begins. The arrow keys walk through what was found, Enter takes it.

import { avatar } from "../avatar.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { counted, sentence } from "./sentences.js";

const PAUSE = 200;
let made = 0;

/** @typedef {import("/gochat.js").UserInfo} UserInfo */

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {{ pick: (user: UserInfo) => void, offered?: () => UserInfo[], note?: (user: UserInfo) => string, refuse?: (user: UserInfo) => boolean, backspace?: () => void, label?: string }} options
 *   `offered`: who stands there before anything is typed; `refuse`: who cannot be taken, `note` says why
 */
export function peopleSearch(chat, { pick, offered = () => [], note, refuse, backspace, label = t("people.search") }) {
  const id = `search-${++made}`;
  const heading = element("h3", { id: `${id}-list-name` });
  const found = element("ul", {
    id: `${id}-list`,
    class: "people-list",
    role: "listbox",
    "aria-labelledby": `${id}-list-name`,
  });
  const status = element("p", { class: "soft search-status", role: "status" });
  const problem = element("p", { class: "problem", role: "alert" });
  const input = element("input", {
    id,
    type: "search",
    role: "combobox",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    enterkeyhint: "search",
    placeholder: label,
    "aria-label": label,
    "aria-autocomplete": "list",
    "aria-controls": `${id}-list`,
    "aria-expanded": "false",
  });
  /** @type {UserInfo[]} */
  let users = [];
  let at = -1;
  let asked = 0;
  /** Enter was pressed before the answer came. */
  let isHasty = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;

  /** @param {UserInfo[]} next @param {string} title */
  function show(next, title) {
    users = next;
    heading.textContent = title;
    const isEmpty = users.length === 0;
    found.hidden = heading.hidden = isEmpty;
    input.setAttribute("aria-expanded", String(!isEmpty));
    found.replaceChildren(...users.map(option));
    mark(
      users.findIndex((user) => !refuse?.(user)),
      input.value.trim() !== "",
    );
  }

  /** @param {UserInfo} user @param {number} i */
  function option(user, i) {
    const row = element(
      "li",
      {
        id: `${id}-${i}`,
        class: "row option",
        role: "option",
        "aria-selected": "false",
        "aria-disabled": refuse?.(user) ? "true" : undefined,
        onclick: () => take(user),
      },
      avatar(user, { size: 36, online: chat.conversations.isOnline(user.id) }),
      element(
        "span",
        { class: "row-text" },
        element("span", {}, user.username),
        note?.(user) && element("span", { class: "soft" }, note(user)),
      ),
    );
    // The focus stays in the box.
    row.addEventListener("pointerdown", (event) => event.preventDefault());
    return row;
  }

  /** @param {number} i @param {boolean} [active] */
  function mark(i, active = true) {
    at = active ? i : -1;
    for (const [j, row] of [...found.children].entries()) row.setAttribute("aria-selected", String(j === at));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", `${id}-${at}`);
      found.children[at].scrollIntoView({ block: "nearest" });
    }
  }

  /** @param {UserInfo} user */
  function take(user) {
    if (refuse?.(user)) return;
    pick(user);
  }

  async function look() {
    const query = input.value.trim();
    const turn = ++asked;
    problem.textContent = "";
    if (query === "") {
      const friends = offered();
      status.classList.remove("visually-hidden");
      status.textContent = friends.length === 0 ? t("people.searchHint") : "";
      return show(friends, t("people.friendsOffered"));
    }
    status.classList.remove("visually-hidden");
    status.textContent = t("people.searching");
    try {
      const answer = await chat.searchUsers(query, 20);
      if (turn !== asked) return;
      const others = answer.filter((user) => user.id !== chat.user?.id);
      status.classList.toggle("visually-hidden", others.length > 0);
      status.textContent = others.length === 0 ? t("people.nobody", { query }) : counted("people.found", others.length);
      show(others, t("people.results"));
      const named = isHasty && others.find(({ username }) => username.toLowerCase() === query.toLowerCase());
      if (named) take(named);
    } catch (error) {
      if (turn !== asked) return;
      status.textContent = "";
      problem.textContent = sentence(error);
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(pause);
    // What is shown belongs to what was typed before: Enter must not take it.
    mark(-1);
    isHasty = false;
    pause = setTimeout(look, input.value.trim() === "" ? 0 : PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const last = users.length - 1;
    if (event.key === "ArrowDown" && last >= 0) mark(at < last ? at + 1 : 0);
    else if (event.key === "ArrowUp" && last >= 0) mark(at > 0 ? at - 1 : last);
    else if (event.key === "Enter") {
      if (at >= 0) take(users[at]);
      else isHasty = true;
    } else if (event.key === "Backspace" && input.value === "" && backspace) {
      backspace();
      return;
    } else return;
    // Enter never sends the form around it.
    event.preventDefault();
  });
  look();

  return {
    element: element(
      "div",
      { class: "people-search" },
      element("div", { class: "search-box" }, icon("search"), input),
      problem,
      heading,
      found,
      status,
    ),
    input,
    /** Begins anew: nothing typed, and who is offered now. */
    reset() {
      clearTimeout(pause);
      input.value = "";
      look();
    },
    /** Shows who is offered, unless something is typed. */
    offer() {
      if (input.value === "") look();
    },
    /** @param {string} text */
    fail(text) {
      problem.textContent = text;
      input.focus();
    },
  };
}
