// A button that opens a menu: a popover, so that it lies above dialogs, closes by Esc, and by a click anywhere else.

import { element, icon } from "../dom.js";

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {string} icon
 * @property {boolean} [danger]
 * @property {() => unknown} run
 *
 * @param {string} label names the button
 * @param {() => Item[]} items asked for when it opens
 * @param {string} [key] see `keepFocus`
 */
export function menuButton(label, items, key) {
  const button = element(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": label,
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      dataset: key ? { key } : {},
    },
    icon("more"),
  );
  /** @type {HTMLElement | undefined} */
  let shown;
  let wasOpen = false;

  function open() {
    const menu = element("div", { class: "menu", role: "menu", popover: "auto", "aria-label": label });
    menu.append(...items().map((item) => entry(item, () => menu.hidePopover())));
    menu.addEventListener("keydown", (event) => walk(menu, event));
    menu.addEventListener("toggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState !== "closed") return;
      shown = undefined;
      button.setAttribute("aria-expanded", "false");
      const hadFocus = menu.contains(document.activeElement) || document.activeElement === document.body;
      menu.remove();
      if (hadFocus && button.isConnected) button.focus();
    });
    // Within the dialog: what is outside of it is inert.
    (button.closest("dialog") ?? document.body).append(menu);
    menu.showPopover();
    place(menu, button.getBoundingClientRect());
    button.setAttribute("aria-expanded", "true");
    shown = menu;
    /** @type {HTMLElement | null} */ (menu.querySelector(".menu-item"))?.focus();
  }

  // A press on the button itself closes an open menu before the click comes.
  button.addEventListener("pointerdown", () => {
    wasOpen = shown !== undefined;
  });
  button.addEventListener("click", () => {
    if (shown) shown.hidePopover();
    else if (!wasOpen) open();
    wasOpen = false;
  });
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || shown) return;
    event.preventDefault();
    open();
  });
  return button;
}

/** @param {Item} item @param {() => void} close */
function entry({ label, icon: drawing, danger, run }, close) {
  return element(
    "button",
    {
      type: "button",
      role: "menuitem",
      tabindex: "-1",
      class: danger ? "menu-item danger" : "menu-item",
      onclick: () => {
        close();
        run();
      },
    },
    icon(drawing),
    label,
  );
}

/** @param {HTMLElement} menu @param {KeyboardEvent} event */
function walk(menu, event) {
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll(".menu-item")]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 };
  const to = steps[/** @type {keyof typeof steps} */ (event.key)];
  if (event.key === "Tab") menu.hidePopover();
  else if (to !== undefined) {
    event.preventDefault();
    items[to % items.length].focus();
  }
}

/** Below the button, or above it where there is no room. @param {HTMLElement} menu @param {DOMRect} at */
function place(menu, at) {
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + 4;
  const top = below + height > innerHeight - 8 ? Math.max(8, at.top - height - 4) : below;
  menu.style.setProperty("inset", "auto");
  menu.style.setProperty("top", `${top}px`);
  menu.style.setProperty("left", `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`);
}
