/**
 * Renders anew, and gives the focus back to what has the same `data-key` then; else to the first of its `data-row`'s neighbours.
 * @param {HTMLElement} container @param {() => void} render
 */
export function keepFocus(container, render) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const had = focused && container.contains(focused);
  const key = had ? focused.dataset.key : undefined;
  const place = had ? keyed(container).indexOf(focused) : -1;
  const scroller = container.closest(".dialog-body");
  const top = scroller?.scrollTop ?? 0;
  render();
  if (scroller) scroller.scrollTop = top;
  if (!had || container.contains(document.activeElement)) return;
  const now = keyed(container);
  const next = now.find((one) => one.dataset.key === key) ?? now[Math.min(Math.max(place, 0), now.length - 1)];
  (next ?? /** @type {HTMLElement | null} */ (container.closest("dialog")?.querySelector(".dialog-title")))?.focus({
    preventScroll: true,
  });
}

/** @param {HTMLElement} container */
function keyed(container) {
  return /** @type {HTMLElement[]} */ ([...container.querySelectorAll("[data-key]")]);
}
