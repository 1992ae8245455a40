// Makes a group.

import { closeDialogs, openDialog } from "../dialog.js";
import { element } from "../dom.js";
import { t } from "../words/index.js";
import { chosenPeople } from "./chosen-people.js";
import { field, form } from "./form.js";
import { friendsOf } from "./friends-of.js";

export const NAME_MOST = 100;
export const DESCRIPTION_MOST = 1000;

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {{ onOpen(conversationId: string): void }} options
 */
export function openNewGroup(chat, { onOpen }) {
  if (chat.user?.isGuest) {
    return openDialog({
      title: t("people.newGroup"),
      content: element("p", { class: "soft" }, t("people.newGroupGuest")),
    });
  }
  const name = field({ label: t("people.groupName"), most: NAME_MOST, required: true });
  const description = field({
    label: t("people.description"),
    hint: t("people.descriptionHint"),
    optional: true,
    multiline: true,
    most: DESCRIPTION_MOST,
  });
  const friends = friendsOf(chat, () => members.search.offer());
  const members = chosenPeople(chat, { friends: () => friends.users });
  const made = form({
    label: t("people.create"),
    busy: t("people.creating"),
    content: [
      name.element,
      description.element,
      element("fieldset", {}, element("legend", { class: "legend" }, t("people.members")), members.element),
    ],
    run: async () => {
      const called = name.input.value.trim();
      if (called === "") return name.fail(t("people.groupNameMissing"));
      if (!name.fits() || !description.fits()) return;
      const { id } = await chat.createGroup(called, members.ids(), { description: description.input.value.trim() });
      closeDialogs();
      onOpen(id);
    },
  });
  return openDialog({
    title: t("people.newGroup"),
    content: made.element,
    actions: [made.button],
    class: "dialog-tall",
    focus: name.input,
  });
}
