// The screen of who is not signed in: sign in, make an account, or look around as a guest.

import { element, icon } from "./dom.js";
import { passwordField, textField } from "./fields.js";
import { problemOf } from "./problem.js";
import { isDark, setScheme } from "./scheme.js";
import { language, setLanguage, t } from "./words/index.js";

/** @typedef {"signIn" | "register"} Mode */

/** What was typed outlives a change of the language. @type {{ mode: Mode, username: string }} */
const kept = { mode: "signIn", username: "" };

/** @param {import("/gochat.js").GoChat} chat */
export function welcome(chat) {
  const username = textField({
    name: "username",
    label: t("welcome.username"),
    autocomplete: "username",
    maxlength: 64,
  });
  const password = passwordField({ name: "password", label: t("welcome.password") });
  const problem = element("p", { class: "problem boxed", role: "alert", hidden: true });
  const submit = element("button", { class: "button primary wide", type: "submit" });
  const guest = element("button", { class: "button wide", type: "button" }, t("welcome.guest"));
  const tabs = [tab("signIn"), tab("register")];
  const form = element(
    "form",
    { class: "welcome-form", novalidate: true },
    username.element,
    password.element,
    problem,
    submit,
  );
  const panel = element(
    "div",
    { role: "tabpanel", id: "welcome-panel", "aria-labelledby": "welcome-signIn" },
    form,
    element("p", { class: "welcome-or" }, element("span", {}, t("welcome.or"))),
    guest,
    element("p", { class: "hint" }, t("welcome.guest.hint")),
  );
  let timer = 0;
  let busy = false;

  /** @param {Mode} mode */
  function tab(mode) {
    return element(
      "button",
      {
        type: "button",
        role: "tab",
        id: `welcome-${mode}`,
        "aria-controls": "welcome-panel",
        onclick: () => choose(mode),
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
          const other = choose(mode === "signIn" ? "register" : "signIn");
          other?.focus();
        },
      },
      t(`welcome.${mode}`),
    );
  }

  /** @param {Mode} mode */
  function choose(mode) {
    kept.mode = mode;
    const isNew = mode === "register";
    const chosen = tabs[isNew ? 1 : 0];
    for (const one of tabs) {
      one.setAttribute("aria-selected", String(one === chosen));
      one.tabIndex = one === chosen ? 0 : -1;
    }
    panel.setAttribute("aria-labelledby", chosen.id);
    submit.textContent = t(`welcome.${mode}`);
    username.hint(isNew ? t("welcome.username.hint") : "");
    password.hint(isNew ? t("welcome.password.hint") : "");
    password.input.autocomplete = isNew ? "new-password" : "current-password";
    clear();
    return chosen;
  }

  function clear() {
    clearTimeout(timer);
    username.problem("");
    password.problem("");
    problem.hidden = true;
    problem.textContent = "";
    submit.disabled = false;
  }

  /** @param {unknown} error */
  function fail(error) {
    const { field, text, seconds } = problemOf(error);
    if (field) {
      const at = field === "username" ? username : password;
      at.problem(text(0));
      at.input.focus();
      return;
    }
    // Counts down, and lets nobody knock in vain; read aloud once.
    const until = Date.now() + seconds * 1000;
    const say = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      submit.disabled = left > 0;
      if (seconds > 0 && left <= 0) return clear();
      problem.textContent = text(left);
      if (left > 0) timer = setTimeout(say, 1000);
    };
    problem.hidden = false;
    problem.setAttribute("aria-live", "assertive");
    say();
    if (seconds > 0) problem.setAttribute("aria-live", "off");
  }

  /** @param {HTMLButtonElement} button @param {() => Promise<unknown>} act */
  async function attempt(button, act) {
    if (busy) return;
    clear();
    busy = true;
    button.setAttribute("aria-busy", "true");
    try {
      await act();
      // Who comes back here has an account.
      kept.mode = "signIn";
    } catch (error) {
      fail(error);
    } finally {
      busy = false;
      button.removeAttribute("aria-busy");
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = username.input.value.trim();
    const secret = password.input.value;
    clear();
    const missing = !name ? username : !secret ? password : undefined;
    if (missing) {
      missing.problem(t(`welcome.missing.${missing.input.name}`));
      missing.input.focus();
      return;
    }
    if (kept.mode === "register") attempt(submit, () => chat.register(name, secret));
    else attempt(submit, () => chat.signIn(name, secret));
  });
  form.addEventListener("input", () => {
    kept.username = username.input.value;
    if (!submit.disabled) clear();
  });
  guest.addEventListener("click", () => attempt(guest, () => chat.signInAsGuest()));

  username.input.value = kept.username;
  choose(kept.mode);
  const card = element(
    "main",
    { class: "welcome-card" },
    element("img", { class: "welcome-mark", src: "/icon.svg", alt: "", width: 56, height: 56 }),
    element("h1", {}, "GoChat"),
    element("p", { class: "soft" }, t("welcome.lead")),
    element("div", { class: "segments", role: "tablist", "aria-label": "GoChat" }, tabs),
    panel,
  );
  // Not on touch screens: the keyboard would cover half of it.
  if (matchMedia("(hover: hover)").matches) requestAnimationFrame(() => username.input.focus());
  return {
    element: element("div", { class: "welcome" }, corner(), card),
    close: () => clearTimeout(timer),
  };
}

/** Language and scheme, for who is not signed in. */
function corner() {
  const other = language() === "zh" ? "en" : "zh";
  const languages = element(
    "button",
    {
      class: "button quiet small",
      type: "button",
      lang: other === "zh" ? "zh-Hans" : "en",
      onclick: () => setLanguage(other),
    },
    icon("language"),
    other === "zh" ? "中文" : "English",
  );
  const drawing = () => icon(isDark() ? "sun" : "moon");
  const schemes = element("button", { class: "icon-button", type: "button" }, drawing());
  const label = () => schemes.setAttribute("aria-label", t(isDark() ? "shell.scheme.light" : "shell.scheme.dark"));
  schemes.addEventListener("click", () => {
    setScheme(isDark() ? "light" : "dark");
    schemes.replaceChildren(drawing());
    label();
  });
  label();
  return element("header", { class: "welcome-corner" }, languages, schemes);
}
