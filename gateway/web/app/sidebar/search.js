// The search box: the caller's conversations at once, people and older conversations as the server finds them.

import { avatar } from "../avatar.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { displayName } from "./preview.js";

const DEBOUNCE_MS = 250;
const MOST_OWN = 30;
const MOST_PEOPLE = 10;

/**
 * @typedef {import("/gochat.js").Conversation} Conversation
 * @typedef {import("/gochat.js").UserInfo} UserInfo
 * @typedef {{ people: UserInfo[], conversations: Conversation[], failed: boolean }} Found
 */

/**
 * A combobox over a listbox. `input` goes above the list of conversations, `results` stands in its place while there is a query.
 * @param {import("/gochat.js").GoChat} chat
 * @param {object} options
 * @param {(conversationId: string) => void} options.open
 * @param {(userId: string) => void} options.openUser
 * @param {(searching: boolean) => void} options.onSearching
 * @param {() => void} options.leave the focus goes to the list
 * @param {AbortSignal} options.signal
 */
export function search(chat, { open, openUser, onSearching, leave, signal }) {
  const input = element("input", {
    type: "search",
    id: "search",
    role: "combobox",
    placeholder: t("sidebar.search"),
    "aria-label": t("sidebar.search"),
    "aria-controls": "search-results",
    "aria-expanded": "false",
    "aria-autocomplete": "list",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    maxlength: 100,
  });
  const clearButton = element(
    "button",
    { class: "icon-button search-clear", type: "button", "aria-label": t("sidebar.search.clear"), hidden: true },
    icon("close"),
  );
  const box = element("search", { class: "search" }, icon("search"), input, clearButton);
  const listbox = element("div", {
    class: "results",
    role: "listbox",
    id: "search-results",
    "aria-label": t("sidebar.search.results"),
  });
  const note = element("div", { class: "results-note" });
  const status = element("p", { class: "visually-hidden", role: "status" });
  const results = element("div", { class: "found", hidden: true }, listbox, note, status);

  /** @type {(() => void)[]} What each option opens. */
  let choices = [];
  let active = 0;
  let timer = 0;
  let asked = 0;
  /** @type {Found | null} null: not yet answered */
  let found = null;
  /** Enter came before the first result. */
  let openFirst = false;

  const query = () => input.value.trim();

  const end = () => {
    input.value = "";
    changed();
  };

  /** @param {() => void} act */
  const choose = (act) => {
    end();
    input.blur();
    act();
  };

  function changed() {
    clearTimeout(timer);
    asked++;
    found = null;
    active = 0;
    openFirst = false;
    const searching = query() !== "";
    clearButton.hidden = input.value === "";
    results.hidden = !searching;
    input.setAttribute("aria-expanded", String(searching));
    onSearching(searching);
    if (!searching) {
      input.removeAttribute("aria-activedescendant");
      listbox.replaceChildren();
      status.textContent = "";
      return;
    }
    timer = setTimeout(() => void ask(query()), DEBOUNCE_MS);
    render();
    listbox.scrollTop = 0;
  }

  /** @param {string} wanted */
  async function ask(wanted) {
    const turn = asked;
    const [people, conversations] = await Promise.allSettled([
      chat.user?.isGuest ? [] : chat.searchUsers(wanted, MOST_PEOPLE),
      chat.call("GET", `/conversations/search?q=${encodeURIComponent(wanted)}`),
    ]);
    if (turn !== asked || signal.aborted) return;
    found = {
      people: people.status === "fulfilled" ? people.value : [],
      conversations: conversations.status === "fulfilled" ? (conversations.value?.conversations ?? []) : [],
      failed: people.status === "rejected",
    };
    render();
    if (openFirst && choices.length > 0) choices[0]();
  }

  function render() {
    const wanted = query();
    const own = matching(chat.conversations.items, wanted);
    const known = new Set(own.map(({ id }) => id));
    const more = (found?.conversations ?? []).filter(({ id }) => !known.has(id) && !chat.conversations.get(id));
    const conversations = [...own, ...more].slice(0, MOST_OWN);
    // Who is there as a conversation need not be there twice.
    const peers = new Set(conversations.map(({ peer }) => peer?.id));
    const people = (found?.people ?? []).filter(({ id }) => !peers.has(id) && id !== chat.user?.id);
    choices = [];
    listbox.replaceChildren(
      ...group("sidebar.search.own", conversations, (conversation) =>
        option(conversation, displayName(conversation), wanted, () => open(conversation.id)),
      ),
      ...group("sidebar.search.people", people, (person) =>
        option(person, person.username, wanted, () => openUser(person.id)),
      ),
    );
    listbox.hidden = choices.length === 0;
    showNote(wanted, choices.length);
    showActive(Math.min(active, choices.length - 1));
  }

  /** @param {string} wanted @param {number} count */
  function showNote(wanted, count) {
    note.className = "results-note";
    if (!found) note.replaceChildren(element("span", { class: "spinner" }), t("sidebar.search.waiting"));
    else if (found.failed) note.replaceChildren(t("sidebar.search.failed"));
    else if (count === 0) {
      note.className = "empty";
      note.replaceChildren(
        icon("search"),
        element("h2", {}, t("sidebar.search.none", { query: wanted })),
        element("p", {}, t("sidebar.search.none.text")),
      );
    } else note.replaceChildren();
    if (found)
      status.textContent =
        count > 0 ? t("sidebar.search.count", { count }) : t("sidebar.search.none", { query: wanted });
  }

  /**
   * @template T
   * @param {string} word @param {T[]} items @param {(item: T) => HTMLElement} made
   */
  function group(word, items, made) {
    if (items.length === 0) return [];
    const heading = element("h3", { role: "presentation" }, t(word));
    return [element("div", { role: "group", "aria-label": t(word) }, heading, items.map(made))];
  }

  /** @param {Conversation | UserInfo} of @param {string} name @param {string} wanted @param {() => void} act */
  function option(of, name, wanted, act) {
    const place = choices.push(() => choose(act)) - 1;
    const peer = "peer" in of ? of.peer : of;
    const online = !("memberCount" in of && of.type !== 1) && !!peer && chat.conversations.isOnline(peer.id);
    const made = element(
      "div",
      {
        class: "result",
        role: "option",
        id: `result-${place}`,
        "aria-selected": "false",
        onclick: () => choices[place](),
        // The focus stays in the box.
        onpointerdown: (/** @type {Event} */ event) => event.preventDefault(),
      },
      avatar(of, { size: 40, online }),
      element("span", { class: "one-line", dir: "auto" }, marked(name, wanted)),
    );
    return made;
  }

  /** @param {number} to */
  function showActive(to) {
    const options = listbox.querySelectorAll("[role=option]");
    active = Math.max(0, to);
    for (const [place, option] of options.entries()) {
      option.setAttribute("aria-selected", String(place === active));
      if (place !== active) continue;
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }
    if (options.length === 0) input.removeAttribute("aria-activedescendant");
  }

  input.addEventListener("input", changed);
  clearButton.addEventListener("click", () => {
    end();
    input.focus();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const isOpen = query() !== "";
    if (event.key === "ArrowDown" && !isOpen) leave();
    else if (event.key === "ArrowDown" && choices.length) showActive((active + 1) % choices.length);
    else if (event.key === "ArrowUp" && choices.length) showActive((active - 1 + choices.length) % choices.length);
    else if (event.key === "Enter" && isOpen) {
      if (choices.length) choices[active]();
      else openFirst = !found;
    } else if (event.key === "Escape") {
      if (input.value) end();
      else leave();
    } else return;
    event.preventDefault();
  });
  // What could not be found without a connection may be found with one.
  const again = () => chat.state === "connected" && found?.failed && query() && changed();
  chat.addEventListener("state", again, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  return {
    box,
    results,
    focus() {
      input.focus();
      input.select();
    },
    /** Conversations came or changed their names. */
    refresh() {
      if (query()) render();
    },
  };
}

/** Those whose names begin with it before those that hold it. @param {readonly Conversation[]} items @param {string} wanted */
function matching(items, wanted) {
  const sought = folded(wanted);
  /** @type {Conversation[]} */
  const begin = [];
  /** @type {Conversation[]} */
  const hold = [];
  for (const item of items) {
    const at = folded(displayName(item)).indexOf(sought);
    if (at === 0) begin.push(item);
    else if (at > 0) hold.push(item);
    if (begin.length === MOST_OWN) break;
  }
  return [...begin, ...hold].slice(0, MOST_OWN);
}

/** Case, width and accents do not count. @param {string} text */
function folded(text) {
  return text
    .normalize("NFKD")
    .replace(/\p{Mn}/gu, "")
    .toLocaleLowerCase();
}

/** @param {string} name @param {string} wanted */
function marked(name, wanted) {
  const at = name.toLocaleLowerCase().indexOf(wanted.toLocaleLowerCase());
  if (at < 0) return [name];
  const end = at + wanted.length;
  return [name.slice(0, at), element("mark", {}, name.slice(at, end)), name.slice(end)];
}
