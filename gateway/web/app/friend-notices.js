// Tells of who asks to be a friend, and of who has become one.

import { withPeople } from "./lazy.js";
import { notice } from "./notices.js";
import { go } from "./route.js";
import { t } from "./words/index.js";

/** @param {import("/gochat.js").GoChat} chat @param {AbortSignal} signal */
export function friendNotices(chat, signal) {
  chat.addEventListener(
    "friend-request",
    ({ detail: { request } }) => {
      // The caller's other devices hear of it too; and the dialog, when it is open, says so itself.
      if (request.from.id === chat.user?.id || document.querySelector("dialog[open]")) return;
      const run = () => void withPeople((people) => people.openFriends(chat, { onOpen: go }));
      notice(t("friends.asks", { name: request.from.username }), {
        seconds: 10,
        action: { text: t("friends.show"), run },
      });
    },
    { signal },
  );
  chat.addEventListener(
    "friend-accepted",
    ({ detail: { user, conversationId } }) => {
      // Both are told, and the one who accepted sees it in the dialog.
      if (document.querySelector("dialog[open]")) return;
      const action = { text: t("friends.write"), run: () => go(conversationId) };
      notice(t("friends.accepted", { name: user.username }), { kind: "good", seconds: 10, action });
    },
    { signal },
  );
}
