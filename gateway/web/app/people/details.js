// What a conversation is: a group, one other person, or WORLD.

import { ConversationType } from "/gochat.js";
import { openDialog } from "../dialog.js";
import { element } from "../dom.js";
import { notice } from "../notices.js";
import { t } from "../words/index.js";
import { groupDetails } from "./group.js";
import { openPerson } from "./person.js";
import { failure, loading } from "./person-row.js";
import { isOneOf, sentence } from "./sentences.js";
import { worldDetails } from "./world.js";

/**
 * @typedef {object} Conversations
 * @property {(conversationId: string) => void} onOpen
 * @property {(conversationId: string) => void} onGone it was left, hidden or deleted
 */

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {string} id
 * @param {Conversations} callbacks
 */
export function openDetails(chat, id, { onOpen, onGone }) {
  const known = chat.conversations.get(id);
  if (known?.type === ConversationType.SINGLE && known.peer)
    return openPerson(chat, known.peer, { onOpen, onGone, conversationId: id });
  const content = element("div", { class: "details" });
  const dialog = openDialog({ title: t("people.details"), content, class: "dialog-tall" });
  let isGone = false;
  // An event may tell it before the answer to the request does.
  const gone = (byOneself = false) => {
    if (isGone) return;
    isGone = true;
    dialog.close();
    if (!byOneself) notice(t("people.gone"));
    onGone(id);
  };

  async function load() {
    content.replaceChildren(loading());
    try {
      const conversation = known ?? (await chat.getConversation(id));
      if (dialog.signal.aborted) return;
      if (conversation.type === ConversationType.SINGLE && conversation.peer) {
        dialog.close();
        openPerson(chat, conversation.peer, { onOpen, onGone, conversationId: id });
      } else if (conversation.type === ConversationType.WORLD)
        worldDetails(chat, conversation, { dialog, content, gone });
      else groupDetails(chat, conversation, { dialog, content, gone, onOpen });
    } catch (error) {
      if (isOneOf(error, "CONVERSATION_NOT_FOUND")) return gone();
      content.replaceChildren(failure(sentence(error), load));
    }
  }
  load();
  return dialog;
}
