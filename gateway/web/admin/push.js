// A push by hand, and what became of it for each user.

/** @import { PushResult } from "./api.js" */

import { element } from "../app/dom.js";
import { push, Refusal } from "./api.js";
import { count } from "./numbers.js";
import { letScroll } from "./table.js";

/** What became of it: how that is shown, and what it means. */
const STATUSES = {
  DELIVERED: { kind: "good", means: "At least one session has it" },
  QUEUED: { kind: "wait", means: "Kept until the user connects" },
  OFFLINE: { kind: "", means: "The user has no session, and nothing was kept" },
  OVERLOADED: { kind: "bad", means: "Every session of the user was too slow and was closed" },
  UNREACHABLE: { kind: "bad", means: "A gateway did not answer: it may have been delivered" },
};
/** More are counted, not listed. */
const MOST_ROWS = 500;

/** @param {string} id @template {HTMLElement} T @param {new () => T} kind @returns {T} */
function part(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`#${id} is missing`);
  return found;
}

/** @param {() => void} onRefused the token is not good any more */
export function pushForm(onRefused) {
  const form = part("push", HTMLFormElement);
  const [problem, button] = [part("push-problem", HTMLElement), part("push-button", HTMLButtonElement)];
  const fields = /** @type {{ [name: string]: HTMLInputElement | HTMLTextAreaElement }} */ (
    /** @type {unknown} */ (form.elements)
  );
  const value = (/** @type {string} */ name) => fields[name]?.value ?? "";
  const users = () =>
    value("users")
      .split(/[\s,]+/)
      .filter((id) => id !== "");

  letScroll(part("push-results", HTMLElement), "Results");
  fields.data?.addEventListener("input", () => fields.data?.setCustomValidity(wrongWith(value("data"))));
  fields.users?.addEventListener("input", () => {
    const ids = new Set(users()).size;
    part("users-hint", HTMLElement).textContent = ids
      ? `${count(ids)} ${ids === 1 ? "user" : "users"}`
      : "Separated by spaces, commas or lines; at most 10,000.";
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = true;
    button.setAttribute("aria-busy", "true");
    try {
      const wish = {
        userIds: users(),
        type: value("type"),
        data: value("data"),
        ttlSeconds: Number(value("ttl")),
        pushId: value("id").trim(),
      };
      const { pushId, results } = await push(wish);
      showResults(pushId, results);
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) return onRefused();
      problem.textContent = error instanceof Error ? error.message : String(error);
      problem.hidden = false;
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}

/** @param {string} text */
function wrongWith(text) {
  try {
    const data = JSON.parse(text);
    return typeof data === "object" && data !== null && !Array.isArray(data) ? "" : "This must be a JSON object: {…}";
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : error}`;
  }
}

/** @param {string} status */
const statusOf = (status) => STATUSES[/** @type {keyof typeof STATUSES} */ (status)] ?? { kind: "", means: "" };

/** @param {string} pushId @param {PushResult[]} results */
function showResults(pushId, results) {
  /** @type {Map<string, PushResult[]>} */
  const by = new Map();
  for (const { status } of results)
    if (!by.has(status))
      by.set(
        status,
        results.filter((one) => one.status === status),
      );
  const delivered = by.get("DELIVERED")?.length ?? 0;
  const sessions = results.reduce((sum, result) => sum + result.sessions, 0);
  part("push-result", HTMLElement).hidden = false;
  part("push-summary", HTMLElement).textContent =
    `Delivered to ${count(delivered)} of ${count(results.length)} users, on ${count(sessions)} sessions${pushId ? `, as ${pushId}` : ""}.`;
  const choices = [...by.keys()].sort(
    (one, other) => Object.keys(STATUSES).indexOf(one) - Object.keys(STATUSES).indexOf(other),
  );
  /** @type {HTMLButtonElement[]} */
  const buttons = choices.map((status) => {
    const { kind, means } = statusOf(status);
    const choose = () => {
      const isChosen = buttons[choices.indexOf(status)]?.getAttribute("aria-pressed") === "true";
      for (const button of buttons) button.setAttribute("aria-pressed", "false");
      buttons[choices.indexOf(status)]?.setAttribute("aria-pressed", String(!isChosen));
      showRows(isChosen ? results : (by.get(status) ?? []));
    };
    const text = `${count(by.get(status)?.length ?? 0)} ${status.toLowerCase()}`;
    return element(
      "button",
      { type: "button", class: `chip ${kind}`, title: means, "aria-pressed": "false", onclick: choose },
      text,
    );
  });
  part("push-filter", HTMLElement).replaceChildren(...buttons);
  showRows(results);
}

/** @param {PushResult[]} results */
function showRows(results) {
  const rows = results.slice(0, MOST_ROWS).map(({ userId, status, sessions, gatewayIds }) => {
    const { kind, means } = statusOf(status);
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, userId),
      element("td", {}, element("span", { class: `chip ${kind}`, title: means }, status.toLowerCase())),
      element("td", { class: "number" }, count(sessions)),
      element("td", {}, gatewayIds.join(", ") || "–"),
    );
  });
  const heads = ["User", "Result", "Sessions", "Gateways"].map((name, i) =>
    element("th", { scope: "col", class: i === 2 && "number" }, name),
  );
  const more = results.length - rows.length;
  part("push-results", HTMLElement).replaceChildren(
    element("table", {}, element("thead", {}, element("tr", {}, heads)), element("tbody", {}, rows)),
    ...(more > 0 ? [element("p", { class: "hint" }, `and ${count(more)} more`)] : []),
  );
}
