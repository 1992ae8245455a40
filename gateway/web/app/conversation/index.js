// The view of one conversation, for the page around it.

import "../words/conversation.js";
import { forgetTyped } from "./typed.js";
import { ConversationView } from "./view.js";

/** @typedef {import("/gochat.js").GoChat} GoChat */

/** @param {GoChat} chat @param {import("./view.js").Around} around */
export function conversationView(chat, around) {
  const view = new ConversationView(chat, around);
  forgetAtSignOut(chat);
  return {
    element: view.element,
    /** @param {string} conversationId */
    show: (conversationId) => view.show(conversationId),
    hide: () => view.hide(),
  };
}

/** Clients whose sign-out is listened to: views are made anew, their client stays. @type {WeakSet<GoChat>} */
const listened = new WeakSet();

/** What was typed is not for who signs in next. When the sign-in merely expired, it is there again. @param {GoChat} chat */
function forgetAtSignOut(chat) {
  if (listened.has(chat)) return;
  listened.add(chat);
  let user = chat.user?.id;
  chat.addEventListener("user", ({ detail }) => {
    const before = user;
    user = detail.user?.id;
    // The view that is being left stores its text first.
    if (before && !user && detail.reason === "signed-out") queueMicrotask(() => forgetTyped(before));
  });
}
