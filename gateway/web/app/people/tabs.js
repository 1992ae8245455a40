// Tabs: arrow keys, Home and End go from one to the next, and only the chosen one is a stop of the Tab key.

import { element } from "../dom.js";

let made = 0;

/**
 * @typedef {object} Tab
 * @property {string} id
 * @property {string} label
 * @property {() => Node} content made when it is first shown
 *
 * @param {string} name of them all
 * @param {Tab[]} tabs
 */
export function tabs(name, tabs) {
  const prefix = `tabs-${++made}`;
  const buttons = tabs.map(({ id, label }) =>
    element(
      "button",
      {
        type: "button",
        role: "tab",
        id: `${prefix}-${id}`,
        "aria-controls": `${prefix}-${id}-panel`,
        onclick: () => choose(id),
      },
      element("span", {}, label),
    ),
  );
  const panels = tabs.map(({ id }) =>
    element("div", {
      role: "tabpanel",
      class: "tab-panel",
      id: `${prefix}-${id}-panel`,
      "aria-labelledby": `${prefix}-${id}`,
      tabindex: "-1",
      hidden: true,
    }),
  );
  const list = element("div", { role: "tablist", class: "segments tabs", "aria-label": name }, ...buttons);
  list.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const last = buttons.length - 1;
    const to = { ArrowRight: (at + 1) % buttons.length, ArrowLeft: at > 0 ? at - 1 : last, Home: 0, End: last }[
      event.key
    ];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    choose(tabs[to].id);
    buttons[to].focus();
  });

  /** @param {string} id */
  function choose(id) {
    tabs.forEach((tab, i) => {
      const isChosen = tab.id === id;
      buttons[i].setAttribute("aria-selected", String(isChosen));
      buttons[i].tabIndex = isChosen ? 0 : -1;
      panels[i].hidden = !isChosen;
      if (isChosen && !panels[i].hasChildNodes()) panels[i].append(tab.content());
    });
  }

  /** A number beside the label, with what it means. @param {string} id @param {number} n @param {string} meaning */
  function setBadge(id, n, meaning) {
    const button = buttons[tabs.findIndex((tab) => tab.id === id)];
    button.querySelector(".badge-of-tab")?.remove();
    if (n === 0) return;
    button.append(
      element(
        "span",
        { class: "badge-of-tab" },
        element("span", { class: "badge", "aria-hidden": "true" }, n > 99 ? "99+" : n),
        element("span", { class: "visually-hidden" }, meaning),
      ),
    );
  }

  choose(tabs[0].id);
  return { element: element("div", { class: "tabbed" }, list, ...panels), list, choose, setBadge, first: buttons[0] };
}
