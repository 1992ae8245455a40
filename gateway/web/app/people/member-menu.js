// What may be done to a member of a group: only what the server would allow stands there.

import { Role } from "/gochat.js";
import { t } from "../words/index.js";
import { confirmDialog } from "./confirm.js";
import { menuButton } from "./menu.js";
import { openPerson } from "./person.js";
import { memberRights } from "./rights.js";
import { sentence } from "./sentences.js";

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {{ conversationId: string, member: import("/gochat.js").Member, myRole: () => number, onOpen: (conversationId: string) => void, onDone: (text: string) => void }} options
 */
export function memberMenu(chat, { conversationId, member, myRole, onOpen, onDone }) {
  const { user } = member;
  const name = user.username;
  let running = false;

  /** @param {{ role?: number, muted?: boolean }} change @param {string} done */
  const change = async (change, done) => {
    if (running) return;
    running = true;
    try {
      await chat.changeMember(conversationId, user.id, change);
      onDone(t(done, { name }));
    } catch (error) {
      onDone(sentence(error));
    } finally {
      running = false;
    }
  };
  /** @param {string} key of the words @param {string} confirm @param {() => Promise<void>} run */
  const ask = async (key, confirm, run) => {
    const options = {
      title: t(`people.${key}Title`, { name }),
      text: t(`people.${key}Text`, { name }),
      confirm: t(confirm),
    };
    if (await confirmDialog({ ...options, run })) {
      onDone(t(`people.did${key[0].toUpperCase()}${key.slice(1)}`, { name }));
    }
  };

  return menuButton(
    t("people.actions", { name }),
    () => {
      const may = memberRights(myRole(), member);
      return [
        { label: t("people.openProfile"), icon: "user", run: () => openPerson(chat, user, { onOpen }) },
        may.mute && { label: t("people.mute"), icon: "mute", run: () => change({ muted: true }, "people.didMute") },
        may.unmute && {
          label: t("people.unmute"),
          icon: "mic",
          run: () => change({ muted: false }, "people.didUnmute"),
        },
        may.makeAdmin && {
          label: t("people.makeAdmin"),
          icon: "shield",
          run: () => change({ role: Role.ADMIN }, "people.didAdmin"),
        },
        may.makeMember && {
          label: t("people.makeMember"),
          icon: "user",
          run: () => change({ role: Role.MEMBER }, "people.didMember"),
        },
        may.passOn && {
          label: t("people.passOn"),
          icon: "crown",
          run: () =>
            ask("passOn", "people.passOn", () => chat.changeMember(conversationId, user.id, { role: Role.OWNER })),
        },
        may.remove && {
          label: t("people.remove"),
          icon: "trash",
          danger: true,
          run: () => ask("remove", "people.remove", () => chat.removeMember(conversationId, user.id)),
        },
      ].filter((item) => item !== false);
    },
    `menu-${user.id}`,
  );
}
