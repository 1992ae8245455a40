// The operator's page: asks for the token, then looks at all gateways once a second.

import { element } from "../app/dom.js";
import { applyScheme } from "../app/scheme.js";
import { overview, Refusal, token } from "./api.js";
import { charts } from "./charts.js";
import { gateways } from "./gateways.js";
import { History } from "./history.js";
import { time } from "./numbers.js";
import { pushForm } from "./push.js";
import { queues } from "./queues.js";

const LOOK_EVERY = 1000;

/** @param {string} id @template {HTMLElement} T @param {new () => T} kind @returns {T} */
function part(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`#${id} is missing`);
  return found;
}

const [bar, board, state] = [part("bar", HTMLElement), part("board", HTMLElement), part("state", HTMLElement)];
const [signIn, field, problem] = [
  part("sign-in", HTMLFormElement),
  part("token", HTMLInputElement),
  part("sign-in-problem", HTMLElement),
];
const [which, pause] = [part("which", HTMLSelectElement), part("pause", HTMLButtonElement)];

let history = new History();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let next;
let lastAnswer = 0;
const showCharts = charts(part("charts", HTMLElement));
const showGateways = gateways(part("gateways", HTMLElement));
const showQueues = queues(part("queues", HTMLElement));

/** @param {string} [why] */
function askForToken(why) {
  clearTimeout(next);
  token.forget();
  [bar.hidden, board.hidden, signIn.hidden] = [true, true, false];
  problem.hidden = !why;
  problem.textContent = why ?? "";
  field.value = "";
  field.focus();
}

/** @param {Refusal} refusal */
function explain({ status, message, retryAfter }) {
  if (status === 401) return "This is not the operator’s token.";
  if (status === 404) return "This gateway has no operator’s page: it was started without ADMIN_TOKEN.";
  if (status === 429) return `Too many wrong tokens came from this address. Try again in ${retryAfter ?? 1} s.`;
  return message;
}

/** Looks, shows what there is, and comes back. */
async function look() {
  const began = performance.now();
  try {
    const seen = await overview();
    if (!token.get()) return;
    const at = Date.now();
    history.add(seen, at);
    lastAnswer = at;
    [bar.hidden, board.hidden, signIn.hidden] = [false, false, true];
    show(at);
    const answering = seen.gateways.filter((gateway) => gateway.stats).length;
    const silent = seen.gateways.length - answering;
    say(
      silent || !seen.leasesKnown ? "bad" : "good",
      silent ? `${silent} of ${seen.gateways.length} gateways ${silent === 1 ? "does" : "do"} not answer` : "Live",
      seen.gatewayId,
      at,
    );
    part("gateways-hint", HTMLElement).textContent = seen.leasesKnown
      ? ""
      : "Repo does not tell the leases: these are the gateways known last.";
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const isSignedIn = lastAnswer > 0;
    if (!isSignedIn || [401, 404].includes(error.status)) return askForToken(explain(error));
    say("bad", `${error.message} The last answer came at ${time(lastAnswer)}.`);
  }
  next = setTimeout(look, Math.max(200, LOOK_EVERY - (performance.now() - began)));
}

/** @param {number} at */
function show(at) {
  const ids = history.ids();
  const options = ["", ...ids];
  if (options.join("\n") !== [...which.options].map((option) => option.value).join("\n")) {
    const chosen = which.value;
    which.replaceChildren(...options.map((id) => element("option", { value: id }, id || "All gateways")));
    which.value = ids.includes(chosen) ? chosen : "";
  }
  showCharts(history, which.value, at);
  showGateways(history, at);
  showQueues(history, which.value);
}

/** The state, which is read aloud when it is another; the rest is for the eyes. @param {"good" | "bad"} kind @param {string} text @param {string} [asked] @param {number} [at] */
function say(kind, text, asked, at) {
  state.className = `state ${kind}`;
  if (state.firstElementChild?.textContent !== text)
    state.replaceChildren(element("span", {}, text), element("span", { class: "hint", "aria-hidden": "true" }));
  const rest = state.lastElementChild;
  if (rest) rest.textContent = asked && at ? `as ${asked} sees it, ${time(at)}` : "";
}

signIn.addEventListener("submit", (event) => {
  event.preventDefault();
  problem.hidden = true;
  token.set(field.value.trim());
  look();
});
pause.addEventListener("click", () => {
  const isPaused = pause.getAttribute("aria-pressed") !== "true";
  pause.setAttribute("aria-pressed", String(isPaused));
  pause.textContent = isPaused ? "Resume" : "Pause";
  clearTimeout(next);
  if (isPaused) say("bad", "Paused");
  else look();
});
which.addEventListener("change", () => show(lastAnswer));
part("leave", HTMLButtonElement).addEventListener("click", () => {
  history = new History();
  lastAnswer = 0;
  askForToken();
});
pushForm(() => askForToken("This is not the operator’s token."));

applyScheme();
if (token.get()) look();
else askForToken();
