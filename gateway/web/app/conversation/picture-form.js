// Attaching a picture by its address: looked at before it is sent, so that whoever gets it knows its shape.

import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { safeLink } from "./text.js";

export class PictureForm {
  #address = element("input", {
    type: "url",
    inputmode: "url",
    autocomplete: "off",
    maxlength: "2048",
    id: "picture-address",
  });
  #label = element("label", { class: "visually-hidden", for: "picture-address" });
  #preview = element("img", { class: "picture-preview", hidden: true });
  #said = element("p", { class: "hint", id: "picture-said", role: "status" });
  #send = element("button", { class: "button primary", type: "submit" });
  #cancel;
  #timer = 0;
  /** @type {{ width: number, height: number } | undefined} */
  #size;

  /** @param {{ send(href: string, extra?: object): void, closed(): void }} actions */
  constructor({ send, closed }) {
    this.closed = closed;
    this.#cancel = element(
      "button",
      { class: "icon-button", type: "button", onclick: () => this.close() },
      icon("close"),
    );
    const line = element("div", { class: "picture-line" }, this.#label, this.#address, this.#send, this.#cancel);
    const onkeydown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation();
      this.close();
    };
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const href = safeLink(this.#address.value);
      if (!href) return this.#complain();
      send(href, this.#size);
      this.close();
    };
    this.element = element(
      "form",
      { class: "picture-form", hidden: true, novalidate: true, onsubmit, onkeydown },
      line,
      this.#said,
      this.#preview,
    );
    this.#address.setAttribute("aria-describedby", this.#said.id);
    this.#address.addEventListener("input", () => this.#typed());
    this.#preview.referrerPolicy = "no-referrer";
    this.#preview.addEventListener("load", () => this.#seen());
    this.#preview.addEventListener("error", () => this.#say(t("conversation.picture-unseen")));
  }

  get isOpen() {
    return !this.element.hidden;
  }

  open() {
    this.#label.textContent = t("conversation.picture-address");
    this.#address.placeholder = t("conversation.picture-address");
    this.#send.textContent = t("conversation.picture-send");
    this.#cancel.setAttribute("aria-label", t("conversation.picture-cancel"));
    this.#preview.alt = t("conversation.picture-preview");
    this.element.hidden = false;
    this.#address.focus();
  }

  close() {
    if (this.element.hidden) return;
    this.clear();
    this.closed();
  }

  clear() {
    clearTimeout(this.#timer);
    this.element.hidden = true;
    this.#address.value = "";
    this.#forget();
    this.#say("");
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#forget();
    this.#address.removeAttribute("aria-invalid");
    this.#say("");
    // Looked at when writing pauses: no half address is asked for.
    this.#timer = window.setTimeout(() => this.#look(), 400);
  }

  #look() {
    const href = safeLink(this.#address.value);
    if (!href) return;
    this.#say(t("conversation.picture-looking"));
    this.#preview.src = href;
  }

  #seen() {
    const { naturalWidth: width, naturalHeight: height } = this.#preview;
    if (width > 0) this.#size = { width, height };
    this.#preview.hidden = false;
    this.#say("");
  }

  #forget() {
    this.#size = undefined;
    this.#preview.hidden = true;
    this.#preview.removeAttribute("src");
  }

  #complain() {
    this.#address.setAttribute("aria-invalid", "true");
    this.#say(t("conversation.picture-invalid"), true);
    this.#address.focus();
  }

  /** @param {string} text @param {boolean} [problem] */
  #say(text, problem = false) {
    this.#said.className = problem ? "problem" : "hint";
    this.#said.textContent = text;
    this.#said.hidden = !text;
  }
}
