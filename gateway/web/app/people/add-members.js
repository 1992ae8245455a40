// Adds people to a group.

import { openDialog } from "../dialog.js";
import { t } from "../words/index.js";
import { chosenPeople } from "./chosen-people.js";
import { form } from "./form.js";
import { friendsOf } from "./friends-of.js";
import { counted } from "./sentences.js";

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {import("/gochat.js").Conversation} group
 * @param {{ members: (userId: string) => boolean, onAdded: (text: string) => void }} options `members`: who is known to be one already
 */
export function openAddMembers(chat, group, { members, onAdded }) {
  const friends = friendsOf(chat, () => people.search.offer());
  const people = chosenPeople(chat, {
    friends: () => friends.users,
    refuse: (user) => (members(user.id) ? t("people.alreadyMember") : ""),
  });
  const made = form({
    label: t("people.add"),
    busy: t("people.adding"),
    content: [people.element],
    run: async () => {
      const ids = people.ids();
      if (ids.length === 0) return people.search.fail(t("people.chooseSomebody"));
      const { addedUserIds, failedUsers } = await chat.addMembers(group.id, ids);
      const added = counted("people.added", addedUserIds.length);
      if (failedUsers.length === 0) {
        dialog.close();
        onAdded(added);
        return;
      }
      // Those who could not be added stay chosen, with the reason in words.
      const names = failedUsers.map((failed) => people.nameOf(failed.userId)).join(", ");
      const failedIds = new Set(failedUsers.map((failed) => failed.userId));
      people.drop(ids.filter((id) => !failedIds.has(id)));
      made.alert.textContent = t("people.notAdded", { names });
      if (addedUserIds.length > 0) onAdded(added);
    },
  });
  const dialog = openDialog({
    title: t("people.addMembers"),
    content: made.element,
    actions: [made.button],
    class: "dialog-tall dialog-fixed",
    focus: people.search.input,
  });
  return dialog;
}
