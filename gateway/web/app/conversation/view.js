// Header, messages and composer, and what goes on between them.

import { element } from "../dom.js";
import { t } from "../words/index.js";
import { Announcer } from "./announcer.js";
import { Barriers } from "./barrier.js";
import { Composer } from "./composer.js";
import { find } from "./find.js";
import { listenForPresses } from "./gestures.js";
import { Header } from "./header.js";
import { JumpButtons } from "./jump-buttons.js";
import { Keyboard } from "./keyboard.js";
import { Members } from "./members.js";
import { MessageMenu } from "./menu.js";
import { copyMessage, recallMessage } from "./message-actions.js";
import { MessageList } from "./message-list.js";
import { forgetBroken } from "./picture.js";
import { Quotes } from "./quotes.js";
import { ReadPointer } from "./read-pointer.js";
import { Status } from "./status.js";
import { TypingLine } from "./typing.js";

/** @typedef {import("/gochat.js").GoChat} GoChat */
/** @typedef {import("/gochat.js").Message} Message */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {{ onBack(): void, onDetails(conversationId: string): void, notice(text: string, options?: { kind?: string }): void }} Around */

export class ConversationView {
  /** @type {Scene | null} */
  #scene = null;
  /** Messages up to this one were there when the end was seen last. */
  #seenEnd = 0;
  /** The first unread message when it is too far up to begin there, and how many there are. */
  #farUnread = { seq: 0, count: 0 };
  /** The message whose refusal was looked into. @type {string | undefined} */
  #mutedBy;
  #hidden = new AbortController();

  /** @param {GoChat} chat @param {Around} around */
  constructor(chat, around) {
    this.chat = chat;
    this.around = around;
    this.header = new Header({
      onBack: () => around.onBack(),
      onDetails: () => this.#scene && around.onDetails(this.#scene.conversation.id),
    });
    this.messages = new MessageList({ moved: () => this.#moved(), notice: around.notice });
    this.typing = new TypingLine();
    this.announcer = new Announcer();
    this.composer = new Composer({ wrote: () => this.#wrote() });
    this.barriers = new Barriers(() => this.#refresh(), around.notice);
    this.pointer = new ReadPointer(chat, () => this.#lastSeen());
    this.jumps = new JumpButtons({ toNewest: () => this.#toNewest(), toUnread: () => this.#toUnread() });
    this.menu = new MessageMenu({
      reply: (message) => this.composer.replyTo(message),
      copy: (message) => copyMessage(message, around.notice),
      recall: (message) => recallMessage(chat, message, around.notice),
      closed: () => this.composer.focus(),
    });
    this.keyboard = new Keyboard(this.messages.list, {
      menu: (key) => this.#openMenu(key),
      leave: () => this.composer.focus(),
    });
    this.messages.onJump = (key) => this.keyboard.focus(key);
    listenForPresses(this.messages.scroller, {
      menu: (key, at) => this.#openMenu(key, at),
      jump: (seq) => this.messages.jump(seq),
    });
    this.status = new Status();
    const middle = element(
      "div",
      { class: "messages-frame" },
      this.messages.scroller,
      this.status.element,
      this.jumps.element,
    );
    const parts = [this.header, { element: middle }, this.typing, this.composer, this.menu, this.announcer];
    this.element = element("section", { class: "conversation" }, ...parts.map((part) => part.element));
  }

  /** To what happens while a conversation is shown. @param {Scene} scene @param {AbortSignal} signal */
  #listen(scene, signal) {
    const { chat } = this;
    const { id } = scene.conversation;
    chat.conversations.addEventListener("change", () => this.#refresh(), { signal });
    chat.addEventListener(
      "conversation-changed",
      ({ detail }) => {
        if (detail.conversationId !== id) return;
        this.#refresh();
        this.#ask(scene);
      },
      { signal },
    );
    chat.addEventListener(
      "recalled",
      ({ detail }) => {
        if (detail.conversationId !== id) return;
        scene.quotes.recalled(detail.seqId);
        this.composer.recalled(detail.messageId);
        this.messages.refresh();
      },
      { signal },
    );
    chat.addEventListener(
      "state",
      ({ detail }) => {
        if (detail.state !== "connected") return;
        forgetBroken();
        this.messages.connected();
      },
      { signal },
    );
  }

  /** @param {string} conversationId */
  async show(conversationId) {
    this.hide();
    const { chat } = this;
    const { signal } = this.#hidden;
    this.element.setAttribute("aria-label", t("conversation.label"));
    this.header.words();
    const found = await find(chat, conversationId, signal);
    if (signal.aborted) return;
    if (found === "gone") {
      this.element.classList.add("gone");
      return this.status.say(t("conversation.gone"));
    }
    if (found === "unknown") return this.#notLoaded(conversationId);
    const scene = {
      chat,
      conversation: found,
      timeline: chat.timeline(conversationId),
      me: chat.user?.id ?? "",
      members: new Members(chat, conversationId),
      quotes: new Quotes(chat, conversationId, () => this.messages.refresh()),
    };
    this.#scene = scene;
    this.composer.show(scene, signal);
    this.#listen(scene, signal);
    this.#refresh();
    // What comes while the messages are loaded is unread as well.
    const readUpTo = found.unreadCount > 0 && found.lastMessage ? found.lastMessage.seqId - found.unreadCount : null;
    if (!scene.timeline.loaded) this.status.say(t("conversation.loading"));
    try {
      await this.messages.show(scene, readUpTo);
    } catch {
      if (this.#scene === scene) this.#notLoaded(conversationId);
      return;
    }
    if (this.#scene === scene) this.#begin(scene, readUpTo, signal);
  }

  /** @param {string} conversationId */
  #notLoaded(conversationId) {
    const again = () => this.show(conversationId);
    this.status.failed(again);
    const back = (/** @type {CustomEvent<{ state: string }>} */ { detail }) => detail.state === "connected" && again();
    this.chat.addEventListener("state", back, { signal: this.#hidden.signal });
  }

  /** @param {Scene} scene @param {number | null} readUpTo @param {AbortSignal} signal */
  #begin(scene, readUpTo, signal) {
    this.status.clear();
    const last = scene.timeline.messages.at(-1)?.seqId ?? 0;
    const first = scene.timeline.messages[0]?.seqId ?? 0;
    const far = readUpTo !== null && readUpTo + 1 < first;
    this.#farUnread = far ? { seq: readUpTo + 1, count: last - readUpTo } : { seq: 0, count: 0 };
    this.#seenEnd = last;
    this.announcer.begin(scene);
    this.pointer.begin(scene.conversation.id, readUpTo ?? last, signal);
    scene.timeline.addEventListener(
      "change",
      ({ detail }) => {
        if (detail.kind !== "older") this.announcer.look(scene);
        this.#refresh();
        this.#learnMuted(scene);
      },
      { signal },
    );
    this.#ask(scene);
    const again = () => this.#ask(scene);
    window.addEventListener("focus", again, { signal });
    // Dialogs may have changed something; their `close` does not bubble.
    document.addEventListener("close", again, { signal, capture: true });
    this.#moved();
  }

  hide() {
    this.#hidden.abort();
    this.#hidden = new AbortController();
    this.menu.close();
    this.composer.leave();
    this.messages.leave();
    this.pointer.end();
    this.#scene = null;
    this.element.classList.remove("gone");
    this.status.clear();
    this.jumps.show({ atEnd: true, fresh: 0, unread: 0 });
  }

  /** What nobody tells: who is muted or blocked. @param {Scene} scene */
  async #ask(scene) {
    await Promise.all([scene.members.ask(), this.barriers.ask(scene)]);
    if (this.#scene !== scene) return;
    this.#refresh();
    this.messages.refresh();
  }

  /** A refused message tells it first. @param {Scene} scene */
  #learnMuted(scene) {
    if (scene.members.own?.muted) return;
    const refused = scene.timeline.drafts.filter(({ error }) => error?.code === "MEMBER_MUTED").at(-1)?.clientMsgId;
    if (!refused || refused === this.#mutedBy) return;
    this.#mutedBy = refused;
    this.#ask(scene);
  }

  /** What stands around the messages. */
  #refresh() {
    const scene = this.#scene;
    if (!scene) return;
    const now = this.chat.conversations.get(scene.conversation.id);
    if (now) scene.conversation = now;
    this.header.show(scene);
    this.typing.show(scene);
    this.composer.bar(this.barriers.of(scene));
  }

  /** After each change of what is seen. */
  #moved() {
    const scene = this.#scene;
    if (!scene || !this.messages.ready) return;
    const { atEnd } = this.messages.list;
    const { messages } = scene.timeline;
    if (atEnd) this.#seenEnd = messages.at(-1)?.seqId ?? 0;
    let fresh = 0;
    for (let i = messages.length - 1; i >= 0; i--) {
      const message = /** @type {Message} */ (messages[i]);
      if (message.seqId <= this.#seenEnd) break;
      if (message.sender.id !== scene.me) fresh++;
    }
    this.jumps.show({ atEnd, fresh, unread: this.#farUnread.count });
    this.keyboard.keep();
    this.pointer.look();
  }

  #lastSeen() {
    const { list } = this.messages;
    for (let index = list.seen.last; index >= 0; index--) {
      const row = list.rows[index];
      // A row counts once its lower half is in the window.
      if (row?.message && list.roomBelow(index) > -24) return row.message.seqId;
    }
    return 0;
  }

  #wrote() {
    this.messages.wrote();
    this.#farUnread = { seq: 0, count: 0 };
    this.#moved();
  }

  #toNewest() {
    this.messages.toNewest();
    this.composer.focus();
  }

  #toUnread() {
    const { seq } = this.#farUnread;
    this.#farUnread = { seq: 0, count: 0 };
    this.#moved();
    this.messages.jump(seq);
  }

  /** @param {string} key @param {import("./menu.js").Point} [at] */
  #openMenu(key, at) {
    const { list } = this.messages;
    const message = list.rows[list.indexOf(key)]?.message;
    const row = list.elementOf(key);
    if (!message || !row || !this.#scene) return;
    const box = (row.querySelector(".bubble") ?? row).getBoundingClientRect();
    this.menu.open(message, this.#scene, row, at ?? { x: box.left + 16, y: box.bottom + 4, above: box.top - 4 });
  }
}
