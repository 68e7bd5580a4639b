// What the functions were given, returned, sent and wrote: each step's input and output, and the log.

import { h, readable, table, timeOfDay } from "./dom.js";
import { bodyOf } from "./pictures.js";

/** @typedef {import("./pictures.js").Payload} Payload */

const LINES = 200;

/** Makes the elements of payloads, each once, so that what is open stays open when more is known. */
export class PayloadList {
  constructor() {
    /** @type {Map<number, HTMLElement>} */
    this.made = new Map();
  }

  /** @param {Payload[]} found @returns {HTMLElement[]} */
  elements(found) {
    return found.map((payload) => {
      const element = this.made.get(payload.id) ?? payloadOf(payload);
      this.made.set(payload.id, element);
      return element;
    });
  }
}

/** @param {Payload} payload */
function payloadOf(payload) {
  /** @type {Record<string, string>} */
  const titles = {
    event: `${payload.place} was given`,
    answer: `${payload.place} returned`,
    message: `sent to ${payload.place}`,
  };
  const text = h("pre", {}, "loading …");
  const details = h(
    "details",
    {},
    h(
      "summary",
      {},
      titles[payload.role],
      " ",
      h("small", { class: "quiet" }, `${payload.size.toLocaleString()} bytes`),
    ),
  );
  details.addEventListener("toggle", async () => {
    if (!details.open) return;
    const attributes = Object.keys(payload.attributes).length ? `${JSON.stringify(payload.attributes, null, 2)}\n` : "";
    text.textContent = attributes + readable(await bodyOf(payload.id));
  });
  details.append(text);
  return details;
}

/** @param {any[]} lines */
export function log(lines) {
  if (!lines.length) return h("p", { class: "quiet" }, "The functions wrote nothing about it.");
  return table(
    ["time", "function", "line"],
    lines
      .slice(-LINES)
      .map((line) => [
        timeOfDay(line.at_ms),
        h("span", { class: "nowrap" }, line.function),
        h("pre", { class: line.is_error ? "bad" : "" }, line.text),
      ]),
    "What the functions wrote",
  );
}
