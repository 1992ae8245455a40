// Asks somebody to be a friend, with a word.

import { openDialog } from "../dialog.js";
import { t } from "../words/index.js";
import { field, form } from "./form.js";
import { sentence } from "./sentences.js";

const MESSAGE_MOST = 200;

/**
 * The form that sends a request.
 * @param {import("/gochat.js").GoChat} chat
 * @param {import("/gochat.js").UserInfo} user
 * @param {(text: string) => void} onAsked with what is to be told
 */
export function askForm(chat, user, onAsked) {
  const message = field({
    label: t("people.askMessage", { name: user.username }),
    hint: t("people.askMessageHint"),
    optional: true,
    multiline: true,
    most: MESSAGE_MOST,
    tooLong: t("people.askTooLong"),
  });
  const made = form({
    label: t("people.ask"),
    busy: t("people.asking"),
    content: [message.element],
    run: async () => {
      if (!message.fits()) return;
      await chat.requestFriend(user.id, message.input.value.trim());
      onAsked(t("people.didAsk", { name: user.username }));
    },
    failed: (error) => {
      message.fail(sentence(error, "friend"));
      return true;
    },
  });
  return { ...made, input: message.input };
}

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {import("/gochat.js").UserInfo} user
 * @param {(text: string) => void} onAsked
 */
export function openAsk(chat, user, onAsked) {
  const made = askForm(chat, user, (text) => {
    dialog.close();
    onAsked(text);
  });
  const dialog = openDialog({
    title: t("people.addFriend"),
    content: made.element,
    actions: [made.button],
    focus: made.input,
  });
  return dialog;
}
