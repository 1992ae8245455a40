// Whom the caller has blocked.

import { element } from "../dom.js";
import { t } from "../words/index.js";
import { workButton } from "./form.js";
import { loaded } from "./loaded.js";
import { list, personRow } from "./person-row.js";
import { sentence } from "./sentences.js";

/** @param {import("./friends.js").Place} place */
export function blockedTab({ chat, say, signal, changed, changes }) {
  const problem = element("p", { class: "problem", role: "alert" });
  const all = loaded(
    () => chat.blocked(),
    (users) => [list(t("people.tabBlocked"), users.map(row), t("people.noBlocked"))],
  );

  /** @param {import("/gochat.js").UserInfo} user */
  function row(user) {
    const name = user.username;
    const unblock = workButton({
      label: t("people.unblock"),
      name: t("people.unblockOf", { name }),
      class: "small",
      key: `unblock-${user.id}`,
      run: async () => {
        problem.textContent = "";
        await chat.unblock(user.id);
        say(t("people.didUnblock", { name }));
        changed();
      },
      failed: (error) => {
        problem.textContent = sentence(error);
      },
    });
    return personRow(user, { actions: [unblock] });
  }

  changes.addEventListener("change", all.load, { signal });
  return element("div", { class: "tab-content" }, problem, all.element);
}
