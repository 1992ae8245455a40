// The members of a group: in pages, with a search over all of them, and what may be done to each.

import { Role } from "/gochat.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { keepFocus } from "./focus.js";
import { memberMenu } from "./member-menu.js";
import { openPerson } from "./person.js";
import { failure, list, loading, personRow, tag } from "./person-row.js";
import { followPresence } from "./presence.js";
import { memberRights } from "./rights.js";
import { counted, sentence } from "./sentences.js";

const PAGE = 50;
const SEARCH_FROM = 10;

/** @typedef {import("/gochat.js").Member} Member */

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {{ conversationId: string, myRole: () => number, onOpen: (conversationId: string) => void, onDone: (text: string) => void, signal: AbortSignal }} options
 */
export function memberList(chat, { conversationId, myRole, onOpen, onDone, signal }) {
  /** @type {Member[]} */
  let members = [];
  let hasMore = false;
  /** How many are shown, and how many are to be loaded: all of them once something is searched. */
  let visible = PAGE;
  let wanted = PAGE;
  let turn = 0;
  let isLoading = false;
  /** @type {unknown} */
  let problem;
  const presence = followPresence(chat, show, signal);

  const input = element("input", {
    type: "search",
    placeholder: t("people.searchMembers"),
    "aria-label": t("people.searchMembers"),
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => {
      show();
      if (query() !== "" && hasMore) load(Number.POSITIVE_INFINITY);
    },
  });
  const box = element("div", { class: "search-box", hidden: true }, icon("search"), input);
  const status = element("p", { class: "visually-hidden", role: "status" });
  const rows = element("div", { class: "member-rows" });
  const query = () => input.value.trim().toLowerCase();

  /** From the first page on each time: members come and go, and with them the borders of the pages. */
  async function load(atLeast = 0) {
    const own = ++turn;
    wanted = Math.max(wanted, atLeast);
    isLoading = true;
    problem = undefined;
    show();
    try {
      const now = await firstMembers(chat, conversationId, wanted);
      if (own !== turn) return;
      members = now.members;
      hasMore = now.hasMore;
      presence.ask(members.slice(0, visible).map(({ user }) => user.id));
    } catch (error) {
      if (own !== turn) return;
      problem = error;
    }
    isLoading = false;
    show();
  }

  function showMore() {
    visible += PAGE;
    presence.ask(members.slice(0, visible).map(({ user }) => user.id));
    if (hasMore && members.length < visible) load(visible);
    else show();
  }

  function show() {
    if (signal.aborted) return;
    const text = query();
    const shown =
      text === ""
        ? members.slice(0, visible)
        : members.filter(({ user }) => user.username.toLowerCase().includes(text));
    const empty = text === "" || isLoading || problem ? "" : t("people.noMember", { query: input.value.trim() });
    box.hidden = members.length < SEARCH_FROM && !hasMore && text === "";
    status.textContent = text === "" || isLoading ? "" : counted("people.membersFound", shown.length);
    keepFocus(rows, () => rows.replaceChildren(list(t("people.members"), shown.map(row), empty), ...below(text)));
  }

  /** @param {string} text */
  function below(text) {
    if (problem) return [failure(sentence(problem), () => load())];
    if (isLoading && (members.length === 0 || text !== "")) return [loading()];
    if (text !== "" || (!hasMore && members.length <= visible)) return [];
    const attributes = {
      type: "button",
      class: "button wide",
      dataset: { key: "more" },
      "aria-busy": isLoading && "true",
    };
    return [element("button", { ...attributes, onclick: () => !isLoading && showMore() }, t("people.more"))];
  }

  /** @param {Member} member */
  function row(member) {
    const { user, role, muted } = member;
    const isMe = user.id === chat.user?.id;
    const mayDoMore = !isMe && Object.values(memberRights(myRole(), member)).some(Boolean);
    return personRow(user, {
      online: presence.isOnline(user.id),
      you: isMe,
      open: isMe ? undefined : () => openPerson(chat, user, { onOpen }),
      tags: [
        role > Role.MEMBER && tag(t(`people.role.${role}`), role === Role.OWNER ? "accent" : ""),
        muted && tag(t("people.muted")),
      ],
      // Without more to choose, the name alone opens the profile.
      actions: [mayDoMore && memberMenu(chat, { conversationId, member, myRole, onOpen, onDone })],
    });
  }

  return {
    element: element("div", { class: "members" }, box, status, rows),
    show,
    refresh: () => load(),
    /** @param {string} userId */
    known: (userId) => members.some(({ user }) => user.id === userId),
  };
}

/**
 * @param {import("/gochat.js").GoChat} chat @param {string} conversationId @param {number} count
 * @returns {Promise<{ members: Member[], hasMore: boolean }>}
 */
async function firstMembers(chat, conversationId, count) {
  const size = Math.min(count, 500);
  /** @type {Map<string, Member>} */
  const members = new Map();
  let hasMore = true;
  for (let page = 1; hasMore && (page - 1) * size < count; page++) {
    const answer = await chat.members(conversationId, { page, size });
    for (const member of answer.members) members.set(member.user.id, member);
    hasMore = answer.hasMore;
  }
  return { members: [...members.values()], hasMore };
}
