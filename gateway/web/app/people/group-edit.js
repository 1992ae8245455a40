// Changes what a group is called, says of itself, and looks like.

import { openDialog } from "../dialog.js";
import { t } from "../words/index.js";
import { field, form } from "./form.js";
import { DESCRIPTION_MOST, NAME_MOST } from "./new-group.js";
import { pictureField } from "./picture-field.js";
import { isOneOf } from "./sentences.js";

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {import("/gochat.js").Conversation} group
 * @param {(changed: import("/gochat.js").Conversation) => void} onChanged
 */
export function openGroupEdit(chat, group, onChanged) {
  const name = field({ label: t("people.groupName"), most: NAME_MOST, required: true, value: group.name });
  const description = field({
    label: t("people.description"),
    hint: t("people.descriptionHint"),
    optional: true,
    multiline: true,
    most: DESCRIPTION_MOST,
    value: group.description,
  });
  const picture = pictureField(group);
  const made = form({
    label: t("people.save"),
    busy: t("people.saving"),
    content: [name.element, description.element, picture.element],
    run: async () => {
      const called = name.input.value.trim();
      if (called === "") return name.fail(t("people.groupNameMissing"));
      if (!name.fits() || !description.fits()) return;
      const avatarUrl = picture.read();
      if (avatarUrl === undefined) return;
      const wanted = { name: called, description: description.input.value.trim(), avatarUrl };
      // Only what was changed here: what somebody else changes meanwhile stays.
      const change = Object.fromEntries(
        Object.entries(wanted).filter(([key, value]) => value !== group[/** @type {keyof typeof wanted} */ (key)]),
      );
      const changed = Object.keys(change).length > 0 ? await chat.updateConversation(group.id, change) : group;
      dialog.close();
      onChanged(changed);
    },
    failed: (error) => isOneOf(error, "INVALID_PARAMETER") && name.fail(t("people.error.INVALID_PARAMETER")) === false,
  });
  const dialog = openDialog({
    title: t("people.editGroup"),
    content: made.element,
    actions: [made.button],
    focus: name.input,
  });
  return dialog;
}
