// One conversation of the list. The element stays; only what is another text is written.

import { avatar } from "../avatar.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { displayName, kindIcon, messageText, senderOf } from "./preview.js";
import { shortTime } from "./time.js";

/**
 * @typedef {import("/gochat.js").Conversation} Conversation
 * @typedef {object} Shown
 * @property {boolean} online
 * @property {boolean} muted
 * @property {import("/gochat.js").Draft | undefined} unsent the newest message that the server has not got
 * @property {string} written what stands unsent in the composer
 * @property {string} typing who writes now
 * @property {string | undefined} me
 */

export class Row {
  #picture = element("span", { class: "chat-row-picture" });
  #pictureKey = "";
  #name = element("span", { class: "chat-row-name", dir: "auto" });
  #online = element("span", { class: "visually-hidden" });
  #muted = element("span", { class: "chat-row-muted", hidden: true }, icon("mute"));
  #time = element("time", { class: "chat-row-time" });
  #preview = element("span", { class: "chat-row-preview", dir: "auto" });
  #previewKey = "";
  #badge = element("span", { class: "badge", hidden: true });
  #unread = element("span", { class: "visually-hidden" });

  /** @param {string} id of the element @param {Conversation} conversation */
  constructor(id, conversation) {
    this.conversationId = conversation.id;
    this.element = element(
      "li",
      { class: "chat-row", role: "option", id, dataset: { id: conversation.id } },
      this.#picture,
      element("div", { class: "chat-row-line" }, this.#name, this.#online, this.#muted, this.#time),
      element("div", { class: "chat-row-line" }, this.#preview, this.#badge, this.#unread),
    );
  }

  /** @param {Conversation} conversation @param {Shown} shown */
  update(conversation, shown) {
    const { lastMessage, unreadCount } = conversation;
    this.#updatePicture(conversation, shown.online);
    write(this.#name, displayName(conversation));
    write(this.#online, shown.online ? t("sidebar.online") : "");
    this.#muted.hidden = !shown.muted;
    const at = shown.unsent?.createdAt ?? lastMessage?.createdAt ?? conversation.lastActivityAt;
    write(this.#time, shortTime(at));
    this.#updatePreview(conversation, shown);
    this.#badge.hidden = unreadCount === 0;
    this.#badge.setAttribute("aria-hidden", "true");
    this.#badge.classList.toggle("quiet", shown.muted);
    write(this.#badge, unreadCount > 99 ? "99+" : String(unreadCount));
    write(this.#unread, unreadCount > 0 ? t("sidebar.unread", { count: unreadCount }) : "");
    this.element.classList.toggle("unread", unreadCount > 0);
  }

  /** @param {Conversation} conversation @param {boolean} online */
  #updatePicture(conversation, online) {
    const key = `${conversation.avatarUrl} ${online} ${displayName(conversation)}`;
    if (key === this.#pictureKey) return;
    this.#pictureKey = key;
    this.#picture.replaceChildren(avatar(conversation, { size: 48, online }));
  }

  /** @param {Conversation} conversation @param {Shown} shown */
  #updatePreview({ type, lastMessage }, { unsent, written, typing, me }) {
    const key = JSON.stringify([
      typing,
      written,
      unsent && [unsent.content, unsent.state],
      lastMessage && [lastMessage.id, lastMessage.deleted, lastMessage.content],
    ]);
    if (key === this.#previewKey) return;
    this.#previewKey = key;
    this.#preview.classList.toggle("recalled", !typing && !written && !unsent && lastMessage?.deleted === true);
    this.#preview.replaceChildren(...this.#parts(type, lastMessage, { unsent, written, typing, me }));
  }

  /**
   * @param {number} type
   * @param {import("/gochat.js").Message | null} message
   * @param {Pick<Shown, "unsent" | "written" | "typing" | "me">} shown
   * @returns {(Node | string)[]}
   */
  #parts(type, message, { unsent, written, typing, me }) {
    if (typing) return [element("span", { class: "chat-row-typing" }, typing)];
    if (unsent?.state === "failed") return [mark("alert", "sidebar.failed", "bad"), messageText(unsent)];
    if (written)
      return [element("span", { class: "chat-row-draft" }, `${t("sidebar.draft")}: `), written.slice(0, 160)];
    if (unsent) return [mark("clock", "sidebar.waiting", "soft"), messageText(unsent)];
    if (!message) return [t("sidebar.none")];
    const sender = message.deleted ? "" : senderOf(message, type, me);
    const picture = message.deleted ? undefined : kindIcon(message.messageType);
    return [
      ...(sender ? [element("span", { class: "chat-row-sender" }, `${sender}: `)] : []),
      ...(picture ? [icon(picture)] : []),
      messageText(message, me),
    ];
  }
}

/** @param {string} drawing @param {string} word @param {string} kind */
function mark(drawing, word, kind) {
  return element(
    "span",
    { class: `chat-row-mark ${kind}` },
    icon(drawing),
    element("span", { class: "visually-hidden" }, t(word)),
  );
}

/** @param {HTMLElement} at @param {string} text */
function write(at, text) {
  if (at.textContent !== text) at.textContent = text;
}
