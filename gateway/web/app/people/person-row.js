// One person in a list.

import { avatar } from "../avatar.js";
import { element } from "../dom.js";
import { t } from "../words/index.js";

/**
 * @param {import("/gochat.js").UserInfo} user
 * @param {{ online?: boolean, note?: Node | string | false, tags?: (Node | false)[], actions?: (Node | false | undefined)[], open?: () => void, you?: boolean }} [more]
 *   `open`: what the name does
 */
export function personRow(user, { online, note, tags = [], actions = [], open, you } = {}) {
  const name = open
    ? element(
        "button",
        { type: "button", class: "person-name", dataset: { key: `open-${user.id}` }, onclick: open },
        user.username,
      )
    : element("span", { class: "person-name" }, user.username);
  return element(
    "li",
    { class: "row person" },
    avatar(user, { size: 40, online }),
    element(
      "div",
      { class: "row-text" },
      element(
        "span",
        { class: "person-line" },
        name,
        you && element("span", { class: "soft" }, `(${t("people.you")})`),
        online && element("span", { class: "visually-hidden" }, t("people.online")),
        ...tags,
      ),
      note && element("span", { class: "soft" }, note),
    ),
    actions.some(Boolean) && element("div", { class: "person-actions" }, ...actions),
  );
}

/** @param {string} text @param {string} [kind] */
export function tag(text, kind = "") {
  return element("span", { class: `tag ${kind}` }, text);
}

/**
 * A list with a name, or a sentence where it is empty.
 * @param {string} name @param {Node[]} rows @param {string} [empty]
 */
export function list(name, rows, empty) {
  if (rows.length === 0 && empty) return element("p", { class: "soft nothing" }, empty);
  // Safari forgets that a list without bullets is one, unless it is said.
  return element("ul", { class: "people-list", role: "list", "aria-label": name }, ...rows);
}

/**
 * What stands where something could not be loaded.
 * @param {string} text @param {() => void} retry
 */
export function failure(text, retry) {
  return element(
    "div",
    { class: "failure" },
    element("p", { class: "problem", role: "alert" }, text),
    element(
      "button",
      { type: "button", class: "button small", dataset: { key: "retry" }, onclick: retry },
      t("people.retry"),
    ),
  );
}

/** What stands where something is being loaded. */
export function loading() {
  return element(
    "div",
    { class: "waiting", role: "status" },
    element("span", { class: "visually-hidden" }, t("people.loading")),
    ...[0, 1, 2].map(() =>
      element(
        "div",
        { class: "row", "aria-hidden": "true" },
        element("span", { class: "skeleton skeleton-face" }),
        element("span", { class: "skeleton skeleton-name" }),
      ),
    ),
  );
}
