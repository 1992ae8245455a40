// Below the messages: the field, what is answered, a picture's address, and why one cannot write where one cannot.

import { MessageType } from "/gochat.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { Field } from "./field.js";
import { PictureForm } from "./picture-form.js";
import { ReplyBar } from "./reply-bar.js";
import { asSent, bytesOf, MOST_BYTES, SHOWN_BELOW } from "./size.js";
import { keepTyped, typedText } from "./typed.js";
import { count } from "./when.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("/gochat.js").Message} Message */
/** @typedef {{ text: string, action?: { text: string, act(): void } }} Barrier Why one cannot write, and what helps. */

export class Composer {
  /** @type {Scene | null} */
  #scene = null;
  #timer = 0;
  #field = new Field({
    send: () => this.#send(),
    changed: () => this.#changed(),
    leave: () => {
      const replied = this.#reply.message !== null;
      this.#reply.set(null, "");
      return replied;
    },
  });
  #reply = new ReplyBar(() => this.#measure());
  #picture;
  #counter = element("p", { class: "composer-counter small", id: "composer-counter", hidden: true });
  #over = element("p", { class: "visually-hidden", role: "status" });
  #attach = element("button", { class: "icon-button", type: "button" }, icon("image"));
  #button = element("button", { class: "icon-button composer-send", type: "submit" }, icon("send"));
  #barrier = element("div", { class: "composer-barrier", role: "status", hidden: true });
  #line;
  #form;
  /** @type {string} */
  #barred = "";

  /** @param {{ wrote(): void }} told */
  constructor(told) {
    this.told = told;
    this.#picture = new PictureForm({
      send: (href, extra) => this.#deliver(href, { messageType: MessageType.IMAGE, extra }),
      closed: () => {
        this.#attach.setAttribute("aria-expanded", "false");
        this.focus();
      },
    });
    this.#attach.addEventListener("click", () => {
      if (this.#picture.isOpen) this.#picture.close();
      else this.#picture.open();
      this.#attach.setAttribute("aria-expanded", String(this.#picture.isOpen));
    });
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#send();
    };
    this.#line = element("div", { class: "composer-line" }, this.#attach, this.#field.element, this.#button);
    this.#form = element("form", { class: "composer-form", onsubmit }, this.#counter, this.#line);
    this.element = element(
      "div",
      { class: "composer" },
      this.#barrier,
      this.#reply.element,
      this.#picture.element,
      this.#form,
      this.#over,
    );
    this.#field.element.setAttribute("aria-describedby", this.#counter.id);
    // Pressing the button keeps the keyboard of a touch screen open.
    this.#button.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  /** @param {Scene} scene @param {AbortSignal} signal */
  show(scene, signal) {
    this.leave();
    this.#scene = scene;
    window.addEventListener("pagehide", () => this.#keep(), { signal });
    this.#field.words();
    for (const [button, word] of /** @type {const} */ ([
      [this.#attach, "attach"],
      [this.#button, "send"],
    ])) {
      button.setAttribute("aria-label", t(`conversation.${word}`));
      button.title = t(`conversation.${word}`);
    }
    this.#field.text = typedText(scene.me, scene.conversation.id);
    this.#measure();
  }

  leave() {
    this.#keep();
    this.#scene = null;
    this.#picture.clear();
    this.#reply.set(null, "");
  }

  focus() {
    if (!this.#form.hidden) this.#field.element.focus({ preventScroll: true });
  }

  /** @param {Message} message */
  replyTo(message) {
    if (!this.#scene) return;
    this.#reply.set(message, this.#scene.me);
    this.focus();
  }

  /** A message was recalled, which may be the one that is answered. @param {string} messageId */
  recalled(messageId) {
    if (this.#reply.message?.id === messageId) this.#reply.set(null, "");
  }

  /** @param {Barrier | null} barrier */
  bar(barrier) {
    const key = barrier ? barrier.text + (barrier.action?.text ?? "") : "";
    this.#form.hidden = Boolean(barrier);
    this.#barrier.hidden = !barrier;
    if (key === this.#barred) return;
    this.#barred = key;
    if (barrier) {
      this.#picture.clear();
      this.#reply.set(null, "");
    }
    const act = barrier?.action;
    const button = act && element("button", { class: "button small", type: "button", onclick: act.act }, act.text);
    this.#barrier.replaceChildren(
      ...(barrier ? [icon("block"), element("span", {}, barrier.text)] : []),
      ...(button ? [button] : []),
    );
    if (!barrier) this.#field.grow();
  }

  #send() {
    const text = asSent(this.#field.text);
    if (!this.#scene || !text.trim() || this.#measure() < 0) return;
    const replyTo = this.#reply.message ?? undefined;
    this.#field.text = "";
    this.#reply.set(null, "");
    this.#scene.chat.typing(this.#scene.conversation.id, false);
    this.#deliver(text, { replyTo });
    this.#keep();
    this.focus();
  }

  /** @param {string} content @param {{ messageType?: number, extra?: object, replyTo?: Message }} options */
  #deliver(content, options) {
    if (!this.#scene) return;
    // A refusal is shown at the message itself.
    this.#scene.chat.send(this.#scene.conversation.id, content, options).catch(() => {});
    this.told.wrote();
  }

  #changed() {
    const scene = this.#scene;
    if (!scene) return;
    this.#measure();
    if (this.#field.text) scene.chat.typing(scene.conversation.id);
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#keep(), 300);
  }

  /** Shows how much room is left where it is little. Bytes left; negative: too many. */
  #measure() {
    const text = asSent(this.#field.text);
    const reply = this.#reply.message;
    const left = MOST_BYTES - bytesOf(text, reply ? { replyTo: reply.id } : undefined);
    const over = left < 0;
    this.#counter.hidden = left > SHOWN_BELOW;
    this.#counter.textContent = t(over ? "conversation.bytes-over" : "conversation.bytes-left", {
      count: count(Math.abs(left)),
    });
    this.#counter.classList.toggle("over", over);
    this.#line.classList.toggle("over", over);
    // Said once, not at each key.
    if (over !== Boolean(this.#over.textContent))
      this.#over.textContent = over ? t("conversation.reason.MESSAGE_TOO_LARGE") : "";
    this.#button.disabled = over || !text.trim();
    return left;
  }

  #keep() {
    clearTimeout(this.#timer);
    if (this.#scene) keepTyped(this.#scene.me, this.#scene.conversation.id, this.#field.text);
  }
}
