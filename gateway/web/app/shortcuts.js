// Keys that work wherever the focus is: `/` and Ctrl+K search, Esc goes back, Alt+↑ and Alt+↓ go from conversation to conversation.

/**
 * @param {{ search(): void, back(): void, step(by: 1 | -1): void, isOpen(): boolean }} actions
 * @param {AbortSignal} signal
 */
export function shortcuts({ search, back, step, isOpen }, signal) {
  addEventListener(
    "keydown",
    (event) => {
      if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open], .menu:popover-open"))
        return;
      const control = event.ctrlKey || event.metaKey;
      const arrow = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (control && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") search();
      else if (event.key === "/" && !control && !event.altKey && !isEditable(event.target)) search();
      else if (event.altKey && !control && !event.shiftKey && arrow) step(arrow);
      else if (event.key === "Escape" && isOpen()) back();
      else return;
      event.preventDefault();
    },
    { signal },
  );
}

/** @param {EventTarget | null} target */
function isEditable(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}
