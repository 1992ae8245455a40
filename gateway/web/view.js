// What is shown. Texts of users only ever become text nodes.

import { SYSTEM, WORLD } from "./store.js";

export const byId = (id) => document.getElementById(id);

/** An element with attributes (or properties, for functions and booleans) and children: elements or texts. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "string") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

export function showConversations(store, onOpen) {
  byId("conversations").replaceChildren(...store.conversations.map((one) => item(one, store.openId, onOpen)));
  byId("join-world").hidden = store.conversations.some((one) => one.type === WORLD);
}

function item(conversation, openId, onOpen) {
  const { lastMessage, unreadCount, peer } = conversation;
  const unread = unreadCount > 99 ? "99+" : String(unreadCount);
  const name = element("span", { class: "name" }, conversation.name || "World");
  if (peer) name.prepend(presence(peer.online));
  const preview = lastMessage ? `${lastMessage.sender.username}: ${lastMessage.content}` : "No messages yet";
  const button = element(
    "button",
    { onclick: () => onOpen(conversation.id) },
    name,
    element("span", { class: "when" }, lastMessage ? time(lastMessage.createdAt) : ""),
    element("span", { class: "preview" }, preview.slice(0, 120)),
  );
  if (unreadCount > 0) button.append(element("span", { class: "unread", title: "unread" }, unread));
  if (conversation.id === openId) button.setAttribute("aria-current", "true");
  return element("li", {}, button);
}

function presence(online) {
  return element("span", { class: online ? "dot online" : "dot", title: online ? "online" : "offline" });
}

export function showOpen(store, me) {
  const open = store.open;
  byId("chat").classList.toggle("reading", Boolean(open));
  byId("nothing-open").hidden = Boolean(open);
  for (const part of document.querySelectorAll("#conversation > :not(#nothing-open)")) part.hidden = !open;
  if (!open) return;
  byId("title").textContent = open.name || "World";
  byId("about").replaceChildren(...(open.peer ? [presence(open.peer.online)] : [`${open.memberCount} members`]));
  const list = byId("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const heightBefore = list.scrollHeight;
  const messages = store.messages.map((message) => bubble(message, me));
  const waiting = store.waiting.map((entry) => waitingBubble(entry, store));
  list.replaceChildren(...messages, ...waiting);
  if (atEnd || list.dataset.shown !== open.id) list.scrollTop = list.scrollHeight;
  // Older messages came in above: what was read stays where it is.
  else if (list.scrollTop < 80) list.scrollTop += list.scrollHeight - heightBefore;
  list.dataset.shown = open.id;
}

function bubble(message, me) {
  if (message.messageType === SYSTEM) return element("li", { class: "system" }, message.content);
  const own = message.sender.id === me?.id;
  const content = message.deleted ? "This message was recalled." : message.content;
  return element(
    "li",
    { class: own ? "own" : "", "data-seq": String(message.seqId) },
    element("span", { class: "who" }, own ? "" : message.sender.username),
    element("p", { dir: "auto" }, content),
    element("time", {}, time(message.createdAt)),
  );
}

function waitingBubble(entry, store) {
  const made = element("li", { class: "own waiting" }, element("p", { dir: "auto" }, entry.content));
  if (entry.problem) {
    made.classList.add("failed");
    made.append(
      element("span", { class: "problem" }, entry.problem),
      element("button", { onclick: () => store.retry(entry) }, "Try again"),
      element("button", { onclick: () => store.discard(entry) }, "Discard"),
    );
  }
  return made;
}

export function showPeople(people, onChange) {
  const rows = people.map((person) => {
    const box = element("input", { type: "checkbox", value: person.id, onchange: onChange });
    return element("li", {}, element("label", {}, box, person.username));
  });
  const none = element("li", { class: "none" }, "Nobody has that name.");
  byId("people").replaceChildren(...(rows.length ? rows : [none]));
  byId("found").hidden = false;
}

export function notice(text) {
  const shown = element("p", { dir: "auto" }, text.slice(0, 500));
  byId("notices").append(shown);
  setTimeout(() => shown.remove(), 8_000);
}

export function showLink(up) {
  const link = byId("link");
  link.textContent = up ? "connected" : "connecting…";
  link.classList.toggle("up", up);
}

function time(seconds) {
  const at = new Date(seconds * 1000);
  const today = at.toDateString() === new Date().toDateString();
  const format = today ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" };
  return at.toLocaleString([], format);
}
