// In the place of the messages, while there are none to show.

import { element } from "../dom.js";
import { t } from "../words/index.js";

export class Status {
  element = element("div", { class: "messages-status", role: "status", hidden: true });

  /** @param {string} text */
  say(text) {
    this.element.hidden = false;
    this.element.replaceChildren(element("p", {}, text));
  }

  /** @param {() => void} again */
  failed(again) {
    this.say(t("conversation.load-failed"));
    const props = { class: "button small", type: "button", onclick: again };
    this.element.append(element("button", props, t("conversation.load-again")));
  }

  clear() {
    this.element.hidden = true;
    this.element.replaceChildren();
  }
}
