// A menu that pops up at a button, or where the pointer was.

import { element, icon } from "./dom.js";

/** @typedef {{ icon?: string, text: string, danger?: boolean, run(): void }} MenuItem */

/**
 * Opens a menu; it closes by a choice, by Esc, and by a click elsewhere. The focus goes back to where it was.
 * @param {Element | { x: number, y: number }} at
 * @param {string} label
 * @param {MenuItem[]} items
 */
export function openMenu(at, label, items) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const menu = element(
    "div",
    { class: "menu", role: "menu", "aria-label": label, popover: "auto" },
    items.map((item) =>
      element(
        "button",
        {
          class: item.danger ? "menu-item danger" : "menu-item",
          type: "button",
          role: "menuitem",
          tabindex: "-1",
          onclick: () => {
            menu.hidePopover();
            item.run();
          },
        },
        item.icon && icon(item.icon),
        item.text,
      ),
    ),
  );
  menu.addEventListener("keydown", (event) => roam(menu, event));
  menu.addEventListener("contextmenu", (event) => event.preventDefault());
  menu.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "closed") return;
    if (at instanceof Element) at.setAttribute("aria-expanded", "false");
    if (menu.contains(document.activeElement) || document.activeElement === document.body) before?.focus();
    menu.remove();
  });
  (document.querySelector("main") ?? document.body).append(menu);
  menu.showPopover();
  if (at instanceof Element) at.setAttribute("aria-expanded", "true");
  place(menu, at);
  /** @type {HTMLElement} */ (menu.firstElementChild).focus({ preventScroll: true });
}

/** @param {HTMLElement} menu @param {KeyboardEvent} event */
function roam(menu, event) {
  const items = /** @type {HTMLElement[]} */ ([...menu.children]);
  const now = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (next === undefined) return;
  event.preventDefault();
  items[(next + items.length) % items.length].focus();
}

/** Below the button, its ends in line, where there is room. @param {HTMLElement} menu @param {Element | { x: number, y: number }} at */
function place(menu, at) {
  const { width, height } = menu.getBoundingClientRect();
  const anchor = at instanceof Element ? at.getBoundingClientRect() : new DOMRect(at.x, at.y, 0, 0);
  const below = anchor.bottom + 4;
  const top = below + height + 8 > innerHeight ? Math.max(8, anchor.top - height - 4) : below;
  const left = anchor.left + width + 8 > innerWidth ? anchor.right - width : anchor.left;
  menu.style.inset = "auto";
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
}
