// The address of a picture, and how it looks.

import { avatar } from "../avatar.js";
import { element } from "../dom.js";
import { t } from "../words/index.js";
import { field } from "./form.js";

const BYTES_MOST = 2048;

/**
 * @template {{ avatarUrl: string }} T
 * @param {T} shown the user or conversation whose picture it is
 */
export function pictureField(shown) {
  const url = field({
    label: t("people.picture"),
    hint: t("people.pictureHint"),
    type: "url",
    inputmode: "url",
    spellcheck: "false",
    value: shown.avatarUrl,
  });
  const preview = element("div", { class: "preview" });
  const show = () => {
    const avatarUrl = url.input.value.trim();
    preview.replaceChildren(
      avatar(/** @type {any} */ ({ ...shown, avatarUrl: wrong(avatarUrl) ? "" : avatarUrl }), { size: 64 }),
    );
  };
  url.input.addEventListener("change", show);
  show();
  return {
    element: element("div", { class: "picture-field" }, preview, url.element),
    field: url,
    show,
    /** The address, or undefined where it is none, which is said then. */
    read() {
      const avatarUrl = url.input.value.trim();
      const key = wrong(avatarUrl);
      if (!key) return avatarUrl;
      url.fail(t(key));
    },
  };
}

/** What is wrong with an address, by the server's own rule; empty is fine. @param {string} address */
function wrong(address) {
  if (address === "") return;
  if (new TextEncoder().encode(address).length > BYTES_MOST) return "people.pictureLong";
  if (!/^https?:\/\/[^/\s]/i.test(address) || /\s/.test(address) || !URL.canParse(address)) return "people.pictureBad";
}
