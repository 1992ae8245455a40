// The field one writes in. Enter sends, with Shift it makes a line; on touch screens it makes a line, since their keyboards have
// no Shift worth the name. Enter that ends an input method's composition is neither.

import { element } from "../dom.js";
import { t } from "../words/index.js";

const touch = matchMedia("(hover: none) and (pointer: coarse)");

export class Field {
  element = element("textarea", {
    class: "composer-field",
    rows: "1",
    autocomplete: "off",
    enterkeyhint: "send",
    dir: "auto",
  });

  /** @param {{ send(): void, changed(): void, leave(): boolean }} actions `leave`: whether there was something to leave */
  constructor({ send, changed, leave }) {
    this.element.addEventListener("keydown", (event) => {
      // Safari ends a composition before the key comes: 229 says so still.
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === "Escape") {
        // What it ends here, it does not end elsewhere.
        if (leave()) event.preventDefault();
        return;
      }
      if (event.key !== "Enter" || event.shiftKey || event.altKey || touch.matches) return;
      event.preventDefault();
      send();
    });
    this.element.addEventListener("input", () => {
      this.grow();
      changed();
    });
    new ResizeObserver(() => this.grow()).observe(this.element);
  }

  get text() {
    return this.element.value;
  }

  set text(text) {
    this.element.value = text;
    this.grow();
  }

  words() {
    this.element.placeholder = t("conversation.write");
    this.element.setAttribute("aria-label", t("conversation.write"));
    this.element.enterKeyHint = touch.matches ? "enter" : "send";
  }

  /** As tall as its text; the style sheet says up to where. */
  grow() {
    const { style } = this.element;
    style.height = "auto";
    style.height = `${this.element.scrollHeight}px`;
  }
}
