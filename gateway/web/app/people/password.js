// Another password, which ends all other sign-ins.

import { openDialog } from "../dialog.js";
import { element } from "../dom.js";
import { t } from "../words/index.js";
import { field, form } from "./form.js";

const LEAST = 8;
const BYTES_MOST = 71;

/**
 * @param {import("/gochat.js").GoChat} chat
 * @param {() => void} onChanged
 */
export function openPassword(chat, onChanged) {
  const old = field({ label: t("people.oldPassword"), type: "password", autocomplete: "current-password" });
  const fresh = field({
    label: t("people.newPassword"),
    hint: t("people.newPasswordHint"),
    type: "password",
    autocomplete: "new-password",
  });
  const again = field({ label: t("people.repeatPassword"), type: "password", autocomplete: "new-password" });
  const fields = [old, fresh, again];
  // Password managers ask for the name beside it.
  const name = element("input", { type: "text", autocomplete: "username", value: chat.user?.username, hidden: true });
  const reveal = element("input", {
    type: "checkbox",
    onchange: () => {
      for (const { input } of fields) input.setAttribute("type", reveal.checked ? "text" : "password");
    },
  });
  const made = form({
    label: t("people.changePassword"),
    busy: t("people.saving"),
    content: [
      name,
      ...fields.map(({ element }) => element),
      element("label", { class: "check" }, reveal, t("people.showPasswords")),
      element("p", { class: "callout" }, t("people.passwordEnds")),
    ],
    run: async () => {
      if (old.input.value === "") return old.fail(t("people.passwordMissing"));
      if ([...fresh.input.value].length < LEAST) return fresh.fail(t("people.passwordShort"));
      if (new TextEncoder().encode(fresh.input.value).length > BYTES_MOST) return fresh.fail(t("people.passwordLong"));
      if (again.input.value !== fresh.input.value) return again.fail(t("people.passwordsDiffer"));
      await chat.changePassword(old.input.value, fresh.input.value);
      dialog.close();
      onChanged();
    },
    failed: (error) => {
      const code = /** @type {{ code?: string }} */ (error)?.code;
      if (code === "INVALID_CREDENTIALS") return !old.fail(t("people.passwordWrong"));
      if (code === "WEAK_PASSWORD") return !fresh.fail(t("people.error.WEAK_PASSWORD"));
    },
  });
  const dialog = openDialog({
    title: t("people.changePassword"),
    content: made.element,
    actions: [made.button],
    focus: old.input,
  });
  return dialog;
}
