// Makes elements. Text is always set as text, never as HTML, so that strangers' text stays text.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * Sets attributes and listeners (names that begin with "on"), and appends children.
 * @template {Element} T
 * @param {T} element
 * @param {Record<string, any>} attributes
 * @param {Child[]} children
 * @returns {T}
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  for (const child of children) {
    if (child instanceof Node) element.append(child);
    else if (child !== null && child !== undefined && child !== false) element.append(String(child));
  }
  return element;
}

/**
 * Returns an HTML element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/**
 * Returns an SVG element.
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(name, attributes = {}, ...children) {
  return fill(/** @type {SVGElement} */ (document.createElementNS(SVG, name)), attributes, children);
}

/**
 * Returns a table with headings; a cell is text or a node.
 * @param {string[]} headings
 * @param {Child[][]} rows
 * @param {string} caption for screen readers
 */
export function table(headings, rows, caption) {
  const head = h("tr", {}, ...headings.map((heading) => h("th", { scope: "col" }, heading)));
  const body = rows.map((cells) => h("tr", {}, ...cells.map((cell) => h("td", {}, cell))));
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { "aria-label": caption, class: headings.at(-1) ? "" : "with-actions" },
      h("thead", {}, head),
      h("tbody", {}, ...body),
    ),
  );
}

/** @param {number} milliseconds @returns {string} a duration for people */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return milliseconds < 60_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.round(milliseconds / 60_000)} min`;
}

/** @param {number} milliseconds since 1970 @returns {string} the time of day */
export function timeOfDay(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString(undefined, { hourCycle: "h23" });
}

/** @param {string} text @returns {any} parsed JSON; undefined for anything else */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {string} text @param {number} length at most @returns {string} */
function cut(text, length) {
  return text.length > length ? `${text.slice(0, length)} …` : text;
}

/** @param {string} text JSON is indented, and long pictures in it are shortened @returns {string} */
export function readable(text) {
  const content = parsed(text);
  if (content === undefined) return cut(text, 20_000);
  const short = (/** @type {string} */ _key, /** @type {any} */ value) =>
    typeof value === "string" && value.length > 400
      ? `${value.slice(0, 80)} … (${value.length.toLocaleString()} characters)`
      : value;
  try {
    return cut(JSON.stringify(content, short, 2), 200_000);
  } catch {
    return cut(text, 20_000); // JSON.stringify fails for what is nested some thousand levels deep
  }
}
