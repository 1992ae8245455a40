// Begins a chat with one person.

import { closeDialogs, openDialog } from "../dialog.js";
import { element } from "../dom.js";
import { t } from "../words/index.js";
import { friendsOf } from "./friends-of.js";
import { peopleSearch } from "./people-search.js";
import { sentence } from "./sentences.js";

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {{ onOpen(conversationId: string): void }} options
 */
export function openNewChat(chat, { onOpen }) {
  if (chat.user?.isGuest) {
    return openDialog({
      title: t("people.newChat"),
      content: element("p", { class: "soft" }, t("people.newChatGuest")),
    });
  }
  const friends = friendsOf(chat, () => search.offer());
  let opening = false;
  const search = peopleSearch(chat, {
    offered: () => friends.users,
    pick: async (user) => {
      if (opening) return;
      opening = true;
      dialog.say(t("people.opening"));
      try {
        const { id } = await chat.openSingle(user.id);
        closeDialogs();
        onOpen(id);
      } catch (error) {
        dialog.say("");
        search.fail(sentence(error, "chat"));
      } finally {
        opening = false;
      }
    },
  });
  const dialog = openDialog({
    title: t("people.newChat"),
    content: search.element,
    class: "dialog-tall dialog-fixed",
    focus: search.input,
  });
  return dialog;
}
