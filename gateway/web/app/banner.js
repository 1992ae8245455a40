// Says quietly that there is no connection, above what is shown without moving it, and goes away by itself.

import { element, icon } from "./dom.js";
import { t } from "./words/index.js";

/** Shorter breaks are not worth a word. */
const PATIENCE_MS = 1000;

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {AbortSignal} signal
 */
export function banner(chat, signal) {
  let connectedBefore = chat.state === "connected";
  // What is read aloud does not count down.
  const spoken = element("span");
  const shown = element("span", { "aria-hidden": "true" });
  const picture = element("span", { class: "banner-icon" });
  const now = element("button", { class: "button quiet small", type: "button", onclick: () => chat.connect() });
  const pill = element("div", { class: "banner", hidden: true }, picture, shown, now);
  const status = element("p", { class: "visually-hidden", role: "status" }, spoken);
  let brokenSince = performance.now();
  let timer = 0;

  const render = () => {
    clearTimeout(timer);
    const offline = !navigator.onLine;
    // A socket may seem open for a while after the network has gone.
    if (chat.state === "signed-out" || (chat.state === "connected" && !offline)) {
      pill.hidden = true;
      if (spoken.textContent) spoken.textContent = "";
      return;
    }
    const wait = PATIENCE_MS - (performance.now() - brokenSince);
    if (wait > 0 && !offline) {
      timer = setTimeout(render, wait);
      return;
    }
    const seconds = chat.state === "connecting" || !chat.retryAt ? 0 : Math.ceil((chat.retryAt - Date.now()) / 1000);
    const text = offline ? t("banner.offline") : t(connectedBefore ? "banner.reconnecting" : "banner.connecting");
    const counted = seconds > 0 && !offline ? t("banner.in", { seconds }) : text;
    if (shown.textContent !== counted) shown.textContent = counted;
    if (spoken.textContent !== text) spoken.textContent = text;
    if (picture.dataset.kind !== String(offline)) {
      picture.dataset.kind = String(offline);
      picture.replaceChildren(offline ? icon("offline") : element("span", { class: "spinner" }));
    }
    now.textContent = t("banner.now");
    now.hidden = offline || seconds <= 0;
    pill.hidden = false;
    timer = setTimeout(render, 500);
  };
  chat.addEventListener(
    "state",
    ({ detail }) => {
      if (detail.previous === "connected") brokenSince = performance.now();
      if (detail.state === "connected") connectedBefore = true;
      render();
    },
    { signal },
  );
  for (const event of ["online", "offline"]) addEventListener(event, render, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  render();
  return element("div", { class: "banner-place" }, pill, status);
}
