// A part of a dialog that shows what the server says, and says so while it loads or when it cannot.

import { element } from "../dom.js";
import { keepFocus } from "./focus.js";
import { failure, loading } from "./person-row.js";
import { sentence } from "./sentences.js";

/**
 * @template T
 * @param {() => Promise<T>} ask
 * @param {(answer: T) => (Node | false)[]} render
 */
export function loaded(ask, render) {
  const shown = element("div", { class: "loaded" }, loading());
  /** @type {{ answer: T } | undefined} */
  let last;
  let turn = 0;

  function show() {
    if (!last) return;
    const { answer } = last;
    keepFocus(shown, () => shown.replaceChildren(...render(answer).filter((node) => node instanceof Node)));
  }
  async function load() {
    const own = ++turn;
    try {
      const answer = await ask();
      if (own !== turn) return;
      last = { answer };
      show();
    } catch (error) {
      if (own !== turn) return;
      // What is there already is worth more than the news that it may be old.
      if (!last) keepFocus(shown, () => shown.replaceChildren(failure(sentence(error), load)));
    }
  }
  load();
  return { element: shown, load, show };
}
