// A group: what it is, who is in it, and how one's own membership or the group itself ends.

import { Role } from "/gochat.js";
import { avatar } from "../avatar.js";
import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { openAddMembers } from "./add-members.js";
import { confirmDialog } from "./confirm.js";
import { keepFocus } from "./focus.js";
import { openGroupEdit } from "./group-edit.js";
import { memberList } from "./member-list.js";
import { conversationNotify } from "./notify-switch.js";
import { onReconnected } from "./reconnected.js";
import { groupRights } from "./rights.js";
import { counted, isOneOf } from "./sentences.js";
import { date } from "./when.js";

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {import("/gochat.js").Conversation} first
 * @param {{ dialog: import("../dialog.js").Dialog, content: HTMLElement, gone: (byOneself?: boolean) => void, onOpen: (conversationId: string) => void }} place
 */
export function groupDetails(chat, first, { dialog, content, gone, onOpen }) {
  let group = first;
  /** Oneself is about to leave or delete it. */
  let isEnding = false;
  const head = element("div", { class: "head" });
  const ends = element("div", { class: "ends" });
  const mine = () => group.myMembership?.role ?? (group.ownerId === chat.user?.id ? Role.OWNER : Role.MEMBER);
  const add = element(
    "button",
    {
      type: "button",
      class: "button small",
      onclick: () =>
        openAddMembers(chat, group, {
          members: members.known,
          onAdded: (text) => {
            dialog.say(text);
            refresh();
          },
        }),
    },
    icon("user-plus"),
    t("people.add"),
  );
  const members = memberList(chat, {
    conversationId: group.id,
    myRole: mine,
    onOpen,
    onDone: (text) => {
      dialog.say(text);
      refresh();
    },
    signal: dialog.signal,
  });
  const heading = element("h3", { id: `members-of-${group.id}` });

  function show() {
    const rights = groupRights(mine());
    dialog.setTitle(t("people.groupDetails"));
    keepFocus(head, () => head.replaceChildren(...aboutGroup(group, rights.edit && edit)));
    heading.textContent = counted("people.memberCount", group.memberCount);
    add.hidden = !rights.add;
    keepFocus(ends, () => ends.replaceChildren(...endsOf(rights)));
  }

  const edit = () =>
    openGroupEdit(chat, group, (changed) => {
      group = { ...group, ...changed, myMembership: changed.myMembership ?? group.myMembership };
      show();
      dialog.say(t("people.saved"));
    });

  /** @param {ReturnType<typeof groupRights>} rights */
  function endsOf(rights) {
    const leave = endButton("exit", t("people.leave"), "people.leaveTitle", "people.leaveText", () =>
      chat.leave(group.id),
    );
    const remove = endButton("trash", t("people.delete"), "people.deleteTitle", "people.deleteText", () =>
      chat.deleteConversation(group.id),
    );
    if (rights.leave) return [leave];
    return [element("p", { class: "soft small" }, t("people.ownerStays")), remove];
  }

  /** @param {string} drawing @param {string} label @param {string} title @param {string} text @param {() => Promise<void>} run */
  function endButton(drawing, label, title, text, run) {
    const ask = async () => {
      const name = group.name;
      isEnding = true;
      const done = await confirmDialog({
        title: t(title, { name }),
        text: t(text),
        confirm: label,
        run,
      });
      isEnding = false;
      if (done) gone(true);
    };
    const dataset = { key: drawing };
    return element("button", { type: "button", class: "button danger", dataset, onclick: ask }, icon(drawing), label);
  }

  let asked = 0;
  async function refresh() {
    const turn = ++asked;
    members.refresh();
    try {
      const now = await chat.getConversation(group.id);
      if (turn !== asked || dialog.signal.aborted) return;
      group = { ...now, myMembership: now.myMembership ?? membershipIn(now, chat.user?.id) ?? group.myMembership };
      show();
      members.show();
    } catch (error) {
      if (isOneOf(error, "CONVERSATION_NOT_FOUND") && !dialog.signal.aborted) gone();
    }
  }

  chat.addEventListener(
    "conversation-changed",
    ({ detail }) => {
      if (detail.conversationId !== group.id) return;
      if (detail.kind === "deleted") gone(isEnding);
      else refresh();
    },
    { signal: dialog.signal },
  );

  onReconnected(chat, refresh, dialog.signal);
  content.replaceChildren(
    head,
    element("div", { class: "part" }, conversationNotify(group.id, dialog.signal)),
    element(
      "section",
      { class: "part", "aria-labelledby": heading.id },
      element("div", { class: "part-head" }, heading, add),
      members.element,
    ),
    ends,
  );
  show();
  refresh();
}

/** @param {import("/gochat.js").Conversation} group @param {string | undefined} userId */
function membershipIn(group, userId) {
  return group.members?.find((member) => member.user.id === userId);
}

/** @param {import("/gochat.js").Conversation} group @param {false | (() => void)} edit */
function aboutGroup(group, edit) {
  return [
    avatar(group, { size: 80 }),
    element("p", { class: "head-name" }, group.name),
    group.createdAt > 0 && element("p", { class: "soft small" }, t("people.since", { date: date(group.createdAt) })),
    group.description !== "" && element("p", { class: "prose" }, group.description),
    group.myMembership?.muted && element("p", { class: "callout" }, icon("mute"), t("people.youAreMuted")),
    edit &&
      element(
        "button",
        { type: "button", class: "button small", dataset: { key: "edit" }, onclick: edit },
        icon("edit"),
        t("people.edit"),
      ),
  ].filter((one) => one instanceof Node);
}
