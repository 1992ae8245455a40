// The screen of who is signed in: the conversations, and one of them.

import { banner } from "./banner.js";
import { conversationView } from "./conversation/index.js";
import { element, icon } from "./dom.js";
import { friendNotices } from "./friend-notices.js";
import { withPeople } from "./lazy.js";
import { notice } from "./notices.js";
import { startNotifications } from "./notifications.js";
import { go, routedConversation } from "./route.js";
import { shortcuts } from "./shortcuts.js";
import { sidebar } from "./sidebar/index.js";
import { t } from "./words/index.js";

/** @param {import("/gochat.js").GoChat} chat */
export function chatScreen(chat) {
  const stopped = new AbortController();
  const { signal } = stopped;
  const back = () => go(null);
  const open = (/** @type {string} */ id) => go(id);
  const side = sidebar(chat, { open, openDetails: (id) => openDetails(chat, id), signal });
  const view = conversationView(chat, { onBack: back, onDetails: (id) => openDetails(chat, id), notice });
  const empty = element(
    "div",
    { class: "empty" },
    icon("chat"),
    element("h2", {}, t("shell.empty.title")),
    element("p", {}, t("shell.empty.text")),
  );
  const pane = element("div", { class: "pane" }, empty, view.element);
  const screen = element(
    "main",
    { class: "screen" },
    element("h1", { class: "visually-hidden" }, "GoChat"),
    side.element,
    pane,
    banner(chat, signal),
  );

  /** @type {string | null} */
  let shown = null;
  const route = () => {
    const id = routedConversation();
    const before = shown;
    shown = id;
    screen.classList.toggle("open", id !== null);
    empty.hidden = id !== null;
    view.element.hidden = id === null;
    side.choose(id);
    if (id !== null) focusOn(view.element, view.show(id));
    else {
      view.hide();
      if (before !== null) side.focus();
    }
  };
  addEventListener("hashchange", route, { signal });
  chat.addEventListener(
    "conversation-changed",
    ({ detail }) => {
      if (detail.kind === "deleted" && detail.conversationId === shown) go(null, { replace: true });
    },
    { signal },
  );
  shortcuts({ search: side.search, back, step: side.step, isOpen: () => shown !== null }, signal);
  startNotifications(chat, { open, signal });
  friendNotices(chat, signal);
  route();
  return {
    element: screen,
    close() {
      stopped.abort();
      view.hide();
    },
  };
}

/** @param {import("/gochat.js").GoChat} chat @param {string} id */
function openDetails(chat, id) {
  const onGone = () => {
    if (routedConversation() === id) go(null, { replace: true });
  };
  return withPeople((people) => people.openDetails(chat, id, { onOpen: go, onGone }));
}

/**
 * The focus goes to where one writes; where that would open a touch screen's keyboard, or one cannot write, to the title.
 * @param {HTMLElement} view @param {Promise<void> | void} shown
 */
async function focusOn(view, shown) {
  const touch = matchMedia("(hover: none)").matches;
  const take = () => {
    const field = /** @type {HTMLElement | null} */ (touch ? null : view.querySelector("textarea"));
    const target = field?.offsetParent ? field : /** @type {HTMLElement | null} */ (view.querySelector("h2"));
    target?.focus({ preventScroll: true });
  };
  take();
  const before = document.activeElement;
  await shown;
  if (document.activeElement === document.body || (before && !before.isConnected)) take();
}
