// Invokes a function with an event.

import { h, readable } from "./dom.js";

export function tryFunction() {
  const name = h("select", { "aria-label": "Function" });
  const event = h("textarea", { rows: 4, cols: 60, "aria-label": "Event" }, "{}");
  const answer = h("pre", { role: "status" });
  const button = h("button", { onclick: invoke }, "Invoke");

  async function invoke() {
    answer.textContent = "under way …";
    try {
      const path = `/2015-03-31/functions/${encodeURIComponent(name.value)}/invocations`;
      const response = await fetch(path, { method: "POST", body: event.value });
      const error = response.headers.get("x-amz-function-error");
      answer.textContent = `${response.status}${error ? ` ${error}` : ""}\n${readable(await response.text())}`;
    } catch (error) {
      answer.textContent = /** @type {Error} */ (error).message;
    }
  }

  /** @param {string[]} names */
  function offer(names) {
    if (names.join() === [...name.options].map((option) => option.value).join()) return;
    name.replaceChildren(...names.map((each) => h("option", {}, each)));
  }

  return { element: h("div", { class: "card" }, h("div", { class: "bar" }, name, button), event, answer), offer };
}
