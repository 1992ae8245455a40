// Asks somebody to be a friend: first who, then a word to them.

import { avatar } from "../avatar.js";
import { element } from "../dom.js";
import { t } from "../words/index.js";
import { askForm } from "./ask-friend.js";
import { peopleSearch } from "./people-search.js";

/** @param {import("./friends.js").Place} place */
export function addTab({ chat, say, changed }) {
  const shown = element("div", { class: "tab-content" });
  const search = peopleSearch(chat, { pick: chosen });

  /** @param {import("/gochat.js").UserInfo} user */
  function chosen(user) {
    const ask = askForm(chat, user, (text) => {
      say(text);
      changed();
      search.reset();
      back();
    });
    const other = element("button", { type: "button", class: "button quiet", onclick: back }, t("people.chooseOther"));
    shown.replaceChildren(
      element(
        "div",
        { class: "row person" },
        avatar(user, { size: 48 }),
        element("strong", { class: "row-text" }, user.username),
      ),
      ask.element,
      element("div", { class: "answers" }, other, ask.button),
    );
    ask.input.focus();
  }

  function back() {
    shown.replaceChildren(search.element);
    search.input.focus();
  }

  shown.append(search.element);
  return shown;
}
