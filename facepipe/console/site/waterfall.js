// The waterfall: each step of a request as a bar, where it began and how long it took.

import { duration, h, svg } from "./dom.js";

const WIDTH = 1000;
const SHORTEST = 4;

/** What the colours mean. @type {[string, string][]} */
const SORTS = [
  ["call", "function"],
  ["part", "stage within it"],
  ["queue", "waits"],
  ["cold", "cold start"],
  ["failed", "failed"],
];

/** @param {any} span @returns {string} */
function sortOf(span) {
  if (span.failed) return "failed";
  if (span.is_part) return "part";
  if (span.name === "cold start") return "cold";
  return /^(in |waiting|batching)/.test(span.name) ? "queue" : "call";
}

/** @param {any} trace */
export function waterfall(trace) {
  const whole = Math.max(1, trace.duration_ms);
  const rows = trace.spans.map((/** @type {any} */ span) => row(span, trace.start_ms, whole));
  const table = h(
    "table",
    { class: "waterfall", "aria-label": "Where the time went" },
    h("thead", { class: "hidden" }, h("tr", {}, ...["begins", "step", "", "takes", "note"].map(heading))),
    h("tbody", {}, ...rows),
  );
  const used = SORTS.filter(([sort]) => trace.spans.some((/** @type {any} */ span) => sortOf(span) === sort));
  const legend = h("p", { class: "legend" }, ...used.map(([sort, words]) => h("span", { class: sort }, words)));
  return h("div", { class: "scroll" }, table, legend);
}

/** @param {string} text */
function heading(text) {
  return text ? h("th", { scope: "col" }, text) : h("td", {});
}

/** @param {any} span @param {number} start @param {number} whole both in milliseconds */
function row(span, start, whole) {
  const took = span.end_ms - span.start_ms;
  const x = Math.min(((span.start_ms - start) / whole) * WIDTH, WIDTH - SHORTEST);
  const width = Math.min(Math.max(SHORTEST, (took / whole) * WIDTH), WIDTH - x);
  const bar = svg("rect", { class: `span ${sortOf(span)}`, x, y: 1, width, height: 10 });
  const track = { viewBox: `0 0 ${WIDTH} 12`, preserveAspectRatio: "none", "aria-hidden": "true" };
  return h(
    "tr",
    {},
    h("td", { class: "number quiet" }, `${Math.round(span.start_ms - start)} ms`),
    h("td", { class: span.is_part ? "inner" : "" }, span.name),
    h("td", { class: "track" }, svg("svg", track, bar)),
    h("td", { class: "number" }, took >= 0.5 ? duration(took) : ""),
    h("td", { class: span.failed ? "bad" : "quiet" }, span.note),
  );
}
