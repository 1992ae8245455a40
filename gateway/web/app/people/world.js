// WORLD: the one room for all.

import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { confirmDialog } from "./confirm.js";
import { conversationNotify } from "./notify-switch.js";
import { counted } from "./sentences.js";

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {import("/gochat.js").Conversation} conversation
 * @param {{ dialog: import("../dialog.js").Dialog, content: HTMLElement, gone: (byOneself: boolean) => void }} place
 */
export function worldDetails(chat, conversation, { dialog, content, gone }) {
  dialog.setTitle(t("people.details"));
  const count = element("p", { class: "soft" });
  /** @param {import("/gochat.js").Conversation} now */
  const show = ({ memberCount }) => {
    count.textContent = counted("people.worldCount", memberCount);
  };
  const leave = element(
    "button",
    {
      type: "button",
      class: "button danger",
      onclick: async () => {
        const left = await confirmDialog({
          title: t("people.leaveWorldTitle"),
          text: t("people.leaveWorldText"),
          confirm: t("people.leaveWorld"),
          run: () => chat.leave(conversation.id),
        });
        if (left) gone(true);
      },
    },
    icon("exit"),
    t("people.leaveWorld"),
  );
  content.replaceChildren(
    element(
      "div",
      { class: "head" },
      element("span", { class: "head-icon" }, icon("globe")),
      element("p", { class: "head-name" }, t("people.world")),
      count,
    ),
    element("p", { class: "prose" }, t("people.worldIs")),
    element("div", { class: "part" }, conversationNotify(conversation.id, dialog.signal)),
    element("div", { class: "ends" }, leave),
  );
  show(conversation);
  chat.getConversation(conversation.id).then(show, () => {});
}
