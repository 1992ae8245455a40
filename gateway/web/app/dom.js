// Making elements. Text goes in as text nodes: nothing here parses HTML.

/**
 * An element. `props`: `class`, `on…` listeners, `dataset`, `aria-…` and other attributes; true is an empty attribute, and
 * undefined, null or false is none. Children: nodes and texts; undefined, null and false are left out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props]
 * @param {...(Node | string | number | false | null | undefined | (Node | string)[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(made.dataset, value);
    else if (name === "value") /** @type {any} */ (made).value = value;
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...present(children));
  return made;
}

/** @param {any[]} children */
function present(children) {
  return children.flat().filter((child) => child !== undefined && child !== null && child !== false);
}

/**
 * A drawing of the sprite at `/icons.svg`; it says nothing to screen readers: its button has the name.
 * @param {string} name
 */
export function icon(name) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("class", "icon");
  made.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/icons.svg#${name}`);
  made.append(use);
  return made;
}
