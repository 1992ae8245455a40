// Presses on rows: the button of the menu, a quote, the menu key of the mouse, a long press.

/** @typedef {import("./menu.js").Point} Point */

const LONG = 500;
const STILL = 10;

/** @param {HTMLElement} scroller @param {{ menu(key: string, at: Point): void, jump(seq: number): void }} actions */
export function listenForPresses(scroller, { menu, jump }) {
  let timer = 0;
  let start = { x: 0, y: 0 };
  let longPressed = false;

  scroller.addEventListener("click", (event) => {
    if (longPressed) {
      longPressed = false;
      event.preventDefault();
      return;
    }
    const target = /** @type {Element} */ (event.target);
    const quote = target.closest("[data-jump]");
    if (quote instanceof HTMLElement) return jump(Number(quote.dataset.jump));
    const button = target.closest("[data-menu]");
    if (!button) return;
    const box = button.getBoundingClientRect();
    menu(keyAt(button), { x: box.left, y: box.bottom + 4, above: box.top - 4 });
  });

  scroller.addEventListener("contextmenu", (event) => {
    const target = /** @type {Element} */ (event.target);
    const key = keyAt(target);
    // Links, and text that is chosen, keep the browser's own menu.
    if (!key || target.closest("a") || String(getSelection())) return;
    event.preventDefault();
    if (longPressed) return;
    menu(key, { x: event.clientX, y: event.clientY });
  });

  // Not every browser makes a context menu of a long press.
  scroller.addEventListener("pointerdown", (event) => {
    longPressed = false;
    if (event.pointerType === "mouse") return;
    const target = /** @type {Element} */ (event.target);
    if (target.closest("a, button")) return;
    start = { x: event.clientX, y: event.clientY };
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      longPressed = true;
      menu(keyAt(target), start);
    }, LONG);
  });
  scroller.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (Math.hypot(clientX - start.x, clientY - start.y) > STILL) clearTimeout(timer);
  });
  for (const end of ["pointerup", "pointercancel", "scroll"]) scroller.addEventListener(end, () => clearTimeout(timer));
}

/** @param {Element} target */
function keyAt(target) {
  const row = target.closest("[data-key]");
  return row instanceof HTMLElement ? (row.dataset.key ?? "") : "";
}
