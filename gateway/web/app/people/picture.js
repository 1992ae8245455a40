// One's own picture.

import { openDialog } from "../dialog.js";
import { t } from "../words/index.js";
import { form } from "./form.js";
import { pictureField } from "./picture-field.js";
import { isOneOf } from "./sentences.js";

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {import("/gochat.js").User} user
 * @param {() => void} onChanged
 */
export function openPicture(chat, user, onChanged) {
  const picture = pictureField(user);
  const made = form({
    label: t("people.save"),
    busy: t("people.saving"),
    content: [picture.element],
    run: async () => {
      const avatarUrl = picture.read();
      if (avatarUrl === undefined) return;
      await chat.updateProfile({ avatarUrl });
      dialog.close();
      onChanged();
    },
    failed: (error) => isOneOf(error, "INVALID_PARAMETER") && picture.field.fail(t("people.pictureBad")) === false,
  });
  const dialog = openDialog({
    title: t("people.changePicture"),
    content: made.element,
    actions: [made.button],
    focus: picture.field.input,
  });
  return dialog;
}
