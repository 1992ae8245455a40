// The sidebar: head, search box, and the conversations.

import { typedText } from "../conversation/typed.js";
import { element, icon } from "../dom.js";
import { openMenu } from "../menu.js";
import { isMuted, mutedChanges, setMuted } from "../muted.js";
import { notice } from "../notices.js";
import { problemOf } from "../problem.js";
import { t } from "../words/index.js";
import { header, startChat } from "./header.js";
import { ConversationListbox } from "./list.js";
import { notifyCard } from "./notify-card.js";
import { search } from "./search.js";
import { atMidnight } from "./time.js";
import { typingUsers } from "./typing.js";

const SINGLE = 1;

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {{ open(conversationId: string): void, openDetails(conversationId: string): void, signal: AbortSignal }} options
 */
export function sidebar(chat, { open, openDetails, signal }) {
  const { conversations } = chat;
  const isTyping = typingUsers(chat, (id) => list.changed([id]), signal);

  const list = new ConversationListbox({
    open,
    menu: (id, at) => openMenu(at, conversations.get(id)?.name ?? "", rowMenu(id)),
    shown: (conversation) => ({
      online: conversation.type === SINGLE && !!conversation.peer && conversations.isOnline(conversation.peer.id),
      muted: isMuted(conversation.id),
      unsent: unsentOf(conversation.id),
      written: conversation.id === opened ? "" : typedText(chat.user?.id ?? "", conversation.id),
      typing: isTyping(conversation.id) ? t("sidebar.typing") : "",
      me: chat.user?.id,
    }),
    signal,
  });
  /** @type {string | null} */
  let opened = null;
  const empty = emptyState();
  const waiting = skeletons();
  const card = notifyCard();
  const found = search(chat, {
    open,
    openUser: (id) => attempt(async () => open((await chat.openSingle(id)).id)),
    onSearching: (searching) => {
      isSearching = searching;
      arrange();
    },
    leave: () => list.focus(),
    signal,
  });
  let isSearching = false;

  /** What failed before what waits. @param {string} id */
  function unsentOf(id) {
    const drafts = chat.drafts(id);
    return drafts.filter(({ state }) => state === "failed").at(-1) ?? drafts.at(-1);
  }

  function arrange() {
    const { items, loaded } = conversations;
    waiting.hidden = isSearching || loaded || items.length > 0;
    empty.hidden = isSearching || !loaded || items.length > 0;
    list.element.hidden = isSearching || items.length === 0;
    // Who has nobody to hear from need not be asked.
    card.classList.toggle("held-back", isSearching || items.length === 0);
  }

  function emptyState() {
    const isGuest = chat.user?.isGuest;
    return element(
      "div",
      { class: "empty", hidden: true },
      icon("chat"),
      element("h2", {}, t("sidebar.empty.title")),
      element("p", {}, t(isGuest ? "sidebar.empty.guest" : "sidebar.empty.text")),
      !isGuest &&
        element(
          "button",
          { class: "button primary", type: "button", onclick: () => startChat(chat) },
          t("sidebar.empty.start"),
        ),
      element("button", { class: "button", type: "button", onclick: openWorld }, t("sidebar.empty.world")),
    );
  }

  /** @param {string} id */
  function rowMenu(id) {
    const conversation = conversations.get(id);
    const muted = isMuted(id);
    const last = conversation?.lastMessage?.seqId ?? 0;
    return [
      ...(conversation?.unreadCount
        ? [{ icon: "double-check", text: t("sidebar.menu.read"), run: () => chat.markRead(id, last) }]
        : []),
      {
        icon: muted ? "bell" : "mute",
        text: t(muted ? "sidebar.menu.unmute" : "sidebar.menu.mute"),
        run: () => setMuted(id, !muted),
      },
      { icon: "info", text: t("sidebar.menu.details"), run: () => openDetails(id) },
    ];
  }

  function openWorld() {
    attempt(async () => open((await chat.joinWorld()).id));
  }

  conversations.addEventListener(
    "change",
    ({ detail }) => {
      list.show(conversations.items, detail.ids);
      arrange();
      found.refresh();
    },
    { signal },
  );
  chat.addEventListener("outbox", ({ detail }) => list.changed([detail.draft.conversationId]), { signal });
  mutedChanges.addEventListener("change", () => list.changed(), { signal });
  atMidnight(() => list.changed(), signal);
  list.show(conversations.items);
  arrange();

  return {
    element: element(
      "nav",
      { class: "sidebar", "aria-label": t("sidebar.label") },
      header(chat, { openWorld, signal }),
      found.box,
      found.results,
      waiting,
      empty,
      list.element,
      card,
    ),
    /** @param {string | null} id */
    choose(id) {
      const left = opened;
      opened = id;
      list.choose(id);
      // What was typed and not sent is shown of those that are not open.
      list.changed([left, id].filter((one) => one !== null));
    },
    /** @param {1 | -1} by */
    step: (by) => list.step(by),
    search: () => found.focus(),
    focus: () => list.focus(),
  };
}

/** What stands there until the first conversations have come. */
function skeletons() {
  const row = () =>
    element(
      "div",
      { class: "chat-row-skeleton" },
      element("span", { class: "skeleton" }),
      element("span", { class: "skeleton" }),
      element("span", { class: "skeleton" }),
    );
  const said = element("p", { class: "visually-hidden" }, t("shell.loading"));
  return element("div", { class: "skeletons", hidden: true }, said, Array.from({ length: 7 }, row));
}

/** @param {() => Promise<void>} act */
async function attempt(act) {
  try {
    await act();
  } catch (error) {
    const { text, seconds } = problemOf(error);
    notice(text(seconds), { kind: "bad" });
  }
}
