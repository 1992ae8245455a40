// Why one cannot write in a conversation, if so.

import { ConversationType } from "/gochat.js";
import { t } from "../words/index.js";
import { nameOf } from "./header.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./composer.js").Barrier} Barrier */

export class Barriers {
  /** Whom the user has blocked; null: not known yet. @type {Set<string> | null} */
  #blocked = null;
  /** Conversations whose other side refuses, and the draft that showed it. @type {Map<string, string>} */
  #refused = new Map();

  /** @param {() => void} changed @param {(text: string, options?: { kind?: string }) => void} notice */
  constructor(changed, notice) {
    this.changed = changed;
    this.notice = notice;
  }

  /** Asks anew whom the user has blocked, which dialogs change. @param {Scene} scene */
  async ask({ chat, conversation }) {
    if (conversation.type !== ConversationType.SINGLE) return;
    try {
      this.#blocked = new Set((await chat.blocked()).map(({ id }) => id));
    } catch {
      // Not known: the server says so when one writes.
    }
  }

  /** @param {Scene} scene @returns {Barrier | null} */
  of(scene) {
    const { conversation } = scene;
    if ((scene.members.own ?? conversation.myMembership)?.muted) return { text: t("conversation.muted") };
    const { peer } = conversation;
    if (!peer) return null;
    const name = nameOf(conversation);
    if (this.#blocked?.has(peer.id)) {
      const action = { text: t("conversation.unblock"), act: () => this.#unblock(scene, peer.id) };
      return { text: t("conversation.you-blocked", { name }), action };
    }
    const refused = scene.timeline.drafts.filter(({ error }) => error?.code === "FORBIDDEN").at(-1)?.clientMsgId;
    if (!refused || this.#refused.get(conversation.id) === refused) return null;
    const act = () => {
      this.#refused.set(conversation.id, refused);
      this.changed();
    };
    return { text: t("conversation.refused", { name }), action: { text: t("conversation.write-anyway"), act } };
  }

  /** @param {Scene} scene @param {string} userId */
  async #unblock({ chat }, userId) {
    try {
      await chat.unblock(userId);
      this.#blocked?.delete(userId);
      this.changed();
    } catch {
      this.notice(t("conversation.unblock-failed"), { kind: "bad" });
    }
  }
}
