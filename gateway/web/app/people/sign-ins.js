// Where one is signed in; each other sign-in can be ended.

import { element, icon } from "../dom.js";
import { t } from "../words/index.js";
import { confirmDialog } from "./confirm.js";
import { loaded } from "./loaded.js";
import { list, tag } from "./person-row.js";
import { isOneOf } from "./sentences.js";
import { ago, date } from "./when.js";

/** @param {import("/gochat.js").GoChat} chat @param {(text: string) => void} say */
export function signInsPart(chat, say) {
  const all = loaded(
    () => chat.signIns(),
    (signIns) => [list(t("people.signIns"), signIns.map(row))],
  );

  /** @param {import("/gochat.js").SignIn} signIn */
  function row(signIn) {
    const device = deviceName(signIn.clientInfo);
    const end = element(
      "button",
      {
        type: "button",
        class: "button small",
        "aria-label": t("people.endSignInOf", { device }),
        dataset: { key: `end-${signIn.id}` },
        onclick: () => ask(signIn.id, device),
      },
      t("people.endSignIn"),
    );
    const times = [
      t("people.signInUsed", { when: ago(signIn.lastUsedAt) }),
      t("people.signInSince", { date: date(signIn.createdAt) }),
    ];
    return element(
      "li",
      { class: "row sign-in" },
      icon("device"),
      element(
        "div",
        { class: "row-text" },
        element(
          "span",
          { class: "person-line" },
          element("span", { class: "device" }, device),
          signIn.current && tag(t("people.signInCurrent"), "accent"),
        ),
        element("span", { class: "soft" }, element("span", {}, times[0]), " · ", element("span", {}, times[1])),
      ),
      !signIn.current && end,
    );
  }

  /** @param {string} id @param {string} device */
  async function ask(id, device) {
    const ended = await confirmDialog({
      title: t("people.endSignInTitle"),
      text: t("people.endSignInText", { device }),
      confirm: t("people.endSignIn"),
      run: async () => {
        try {
          await chat.endSignIn(id);
        } catch (error) {
          // It ended by itself meanwhile.
          if (!isOneOf(error, "NOT_FOUND")) throw error;
        }
      },
    });
    if (!ended) return;
    say(t("people.didEnd"));
    all.load();
  }

  return all;
}

/** What a client said it is; of what browsers say, the two words that people know. @param {string} clientInfo */
function deviceName(clientInfo) {
  if (!clientInfo.startsWith("Mozilla/")) return clientInfo || t("people.signInUnknown");
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(clientInfo)?.[1] ?? "";
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(clientInfo)?.[1] ?? "";
  const known = { Edg: "Edge", OPR: "Opera" }[browser] ?? browser;
  return known && system ? t("people.signInOn", { browser: known, system }) : clientInfo;
}
