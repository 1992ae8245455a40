// Another user: what stands between the two, and what can be done about it. Also the details of a SINGLE.

import { avatar } from "../avatar.js";
import { closeDialogs, openDialog } from "../dialog.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { openAsk } from "./ask-friend.js";
import { confirmDialog } from "./confirm.js";
import { keepFocus } from "./focus.js";
import { workButton } from "./form.js";
import { conversationNotify } from "./notify-switch.js";
import { failure, loading, tag } from "./person-row.js";
import { followPresence } from "./presence.js";
import { onReconnected } from "./reconnected.js";
import { relationTo } from "./relation.js";
import { sentence } from "./sentences.js";

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {import("/gochat.js").UserInfo} user
 * @param {{ onOpen: (conversationId: string) => void, onGone?: (conversationId: string) => void, conversationId?: string }} options
 *   `conversationId`: of the SINGLE whose details these are
 */
export function openPerson(chat, user, { onOpen, onGone, conversationId }) {
  const name = user.username;
  const head = element("div", { class: "head" });
  const actions = element("div", { class: "person-parts" }, loading());
  const alert = element("p", { class: "problem boxed", role: "alert" });
  const dialog = openDialog({
    title: t("people.profileOf"),
    content: [head, alert, actions],
    class: "dialog-person",
  });
  const presence = followPresence(chat, showHead, dialog.signal);
  /** @type {import("./relation.js").Relation | undefined} */
  let relation;

  function showHead() {
    const online = presence.isOnline(user.id);
    const tags = relation?.friend && tag(t("people.friend"), "accent");
    head.replaceChildren(
      avatar(user, { size: 80, online }),
      element("p", { class: "head-name" }, name, tags),
      element("p", { class: "soft small" }, online ? t("people.online") : ""),
    );
  }

  let asked = 0;
  async function refresh() {
    const turn = ++asked;
    try {
      const now = await relationTo(chat, user.id);
      if (turn !== asked || dialog.signal.aborted) return;
      relation = now;
      showHead();
      keepFocus(actions, () => actions.replaceChildren(...parts(now)));
    } catch (error) {
      if (turn === asked) actions.replaceChildren(failure(sentence(error), refresh));
    }
  }

  /** @param {string} text */
  const done = (text) => {
    alert.textContent = "";
    dialog.say(text);
    return refresh();
  };
  /** @param {unknown} error */
  const failed = (error) => {
    alert.textContent = sentence(error);
    refresh();
  };

  /** @param {import("./relation.js").Relation} now */
  function parts({ friend, blocked, received, sent }) {
    return [
      blocked && element("p", { class: "callout" }, icon("block"), t("people.isBlocked", { name })),
      received && element("p", { class: "callout" }, icon("user-plus"), t("people.requestReceived", { name })),
      received?.message && element("blockquote", { class: "quote" }, received.message),
      received &&
        element(
          "div",
          { class: "answers" },
          answer(received.id, "accept", "primary", t("people.didAccept", { name })),
          answer(received.id, "reject", "", t("people.didReject", { name })),
        ),
      sent && element("p", { class: "callout" }, icon("clock"), t("people.requestSent", { name })),
      element("div", { class: "choices" }, ...choices({ friend, blocked, received, sent })),
      conversationId && element("p", { class: "soft small" }, t("people.hideHint")),
      chat.user?.isGuest && element("p", { class: "soft small" }, t("people.guestsNoFriends")),
    ].filter((one) => one instanceof Node);
  }

  /** @param {string} id @param {"accept" | "reject"} action @param {string} kind @param {string} text */
  function answer(id, action, kind, text) {
    return workButton({
      label: t(`people.${action}`),
      class: kind,
      key: action,
      run: async () => {
        await chat.answerFriend(id, action);
        await done(text);
      },
      failed,
    });
  }

  /** @param {import("./relation.js").Relation} now */
  function choices({ friend, blocked, received, sent }) {
    const write = choice("chat", t("people.message"), async () => {
      const { id } = await chat.openSingle(user.id);
      closeDialogs();
      onOpen(id);
    });
    const add = choice("user-plus", t("people.addFriend"), () => openAsk(chat, user, done));
    const part = choice(
      "user",
      t("people.removeFriend"),
      () => ask("removeFriend", () => chat.removeFriend(user.id)),
      true,
    );
    const block = choice("block", t("people.block"), () => ask("block", () => chat.block(user.id)), true);
    const unblock = choice("check", t("people.unblock"), async () => {
      await chat.unblock(user.id);
      await done(t("people.didUnblock", { name }));
    });
    const hide = choice("eye-off", t("people.hide"), async () => {
      await chat.deleteConversation(conversationId ?? "");
      dialog.close();
      onGone?.(conversationId ?? "");
    });
    const mayAsk = !friend && !blocked && !received && !sent && !chat.user?.isGuest;
    return [
      !conversationId && !blocked && write,
      mayAsk && add,
      conversationId && hide,
      friend && part,
      blocked ? unblock : block,
    ].filter((one) => one instanceof Node);
  }

  /** @param {string} drawing @param {string} label @param {() => unknown} run @param {boolean} [danger] */
  function choice(drawing, label, run, danger) {
    return workButton({
      label,
      icon: icon(drawing),
      class: danger ? "choice danger-text" : "choice",
      key: drawing,
      run,
      failed: (error) => {
        alert.textContent = sentence(error, drawing === "chat" ? "chat" : undefined);
      },
    });
  }

  /** @param {"removeFriend" | "block"} key @param {() => Promise<void>} run */
  async function ask(key, run) {
    const confirmed = await confirmDialog({
      title: t(`people.${key}Title`, { name }),
      text: t(`people.${key}Text`, { name }),
      confirm: t(`people.${key}`),
      run,
    });
    if (confirmed) await done(t(key === "block" ? "people.didBlock" : "people.didRemoveFriend", { name }));
  }

  for (const type of /** @type {const} */ (["friend-request", "friend-accepted"])) {
    chat.addEventListener(type, refresh, { signal: dialog.signal });
  }
  if (conversationId) {
    actions.before(element("div", { class: "part" }, conversationNotify(conversationId, dialog.signal)));
  }
  onReconnected(chat, refresh, dialog.signal);
  showHead();
  presence.ask([user.id]);
  refresh();
  return dialog;
}
