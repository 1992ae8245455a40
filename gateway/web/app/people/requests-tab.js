// Requests that wait for an answer: the caller's own, and others'.

import { element } from "../dom.js";
import { t } from "../words/index.js";
import { workButton } from "./form.js";
import { loaded } from "./loaded.js";
import { openPerson } from "./person.js";
import { list, personRow } from "./person-row.js";
import { isOneOf, sentence } from "./sentences.js";
import { ago } from "./when.js";

/** @typedef {import("/gochat.js").FriendRequest} FriendRequest */

/** @param {import("./friends.js").Place} place @param {(waiting: number) => void} onCount */
export function requestsTab({ chat, onOpen, say, signal, changed, changes }, onCount) {
  const problem = element("p", { class: "problem", role: "alert" });
  const all = loaded(
    async () => {
      const [received, sent] = await Promise.all([chat.friendRequests("received"), chat.friendRequests("sent")]);
      onCount(received.length);
      return { received, sent };
    },
    ({ received, sent }) => [
      element("h3", {}, t("people.received")),
      list(t("people.received"), received.map(receivedRow), t("people.noReceived")),
      element("h3", {}, t("people.sent")),
      list(t("people.sent"), sent.map(sentRow), t("people.noSent")),
    ],
  );

  /** @param {FriendRequest} request */
  function receivedRow(request) {
    return personRow(request.from, {
      note: note(request, t("people.askedWhen", { when: ago(request.createdAt) })),
      open: () => openPerson(chat, request.from, { onOpen }).closed.then(changed),
      actions: [answer(request, "accept", "primary"), answer(request, "reject", "")],
    });
  }

  /** @param {FriendRequest} request */
  function sentRow(request) {
    return personRow(request.to, {
      note: note(request, t("people.waitsSince", { when: ago(request.createdAt) })),
      open: () => openPerson(chat, request.to, { onOpen }).closed.then(changed),
    });
  }

  /** @param {FriendRequest} request @param {"accept" | "reject"} action @param {string} kind */
  function answer(request, action, kind) {
    const name = request.from.username;
    return workButton({
      label: t(`people.${action}`),
      name: t(`people.${action}Of`, { name }),
      class: `small ${kind}`,
      key: `${action}-${request.id}`,
      run: async () => {
        problem.textContent = "";
        await chat.answerFriend(request.id, action);
        say(t(action === "accept" ? "people.didAccept" : "people.didReject", { name }));
        changed();
      },
      failed: (error) => {
        problem.textContent = sentence(error);
        if (isOneOf(error, "FRIEND_REQUEST_NOT_FOUND")) changed();
      },
    });
  }

  changes.addEventListener("change", all.load, { signal });
  return element("div", { class: "tab-content" }, problem, all.element);
}

/** @param {FriendRequest} request @param {string} when */
function note({ message }, when) {
  return element(
    "span",
    { class: "request-note" },
    message !== "" && element("span", { class: "request-message" }, message),
    element("span", {}, when),
  );
}
