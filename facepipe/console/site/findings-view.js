// What went wrong lately, and how much there was to do: charts over the last quarter of an hour.

import { addressOf } from "./address.js";
import { duration, h, svg, table, timeOfDay } from "./dom.js";

/** @typedef {import("./request.js").PipelineRequest} PipelineRequest */

const SPAN_MS = 15 * 60_000;
const STEPS = 90;
const FAILURES = 20;

/** @param {import("./requests.js").Requests} requests */
export function findingsView(requests) {
  const charts = h("div", { class: "cards" });
  const failures = h("div", {});
  const element = h(
    "section",
    {},
    h("h1", {}, "Findings"),
    charts,
    h("h2", {}, "What failed last, and why"),
    failures,
    h(
      "p",
      { class: "quiet" },
      "What would bite on AWS: ",
      h("code", {}, "facepipe doctor"),
      " examines the template, the running system and the images.",
    ),
  );

  function refresh() {
    const now = Date.now();
    const recent = [...requests.all.values()].filter(
      (request) => request.from > now - SPAN_MS && request.from < Infinity,
    );
    const step = SPAN_MS / STEPS;
    const slots = Array.from({ length: STEPS }, () => /** @type {PipelineRequest[]} */ ([]));
    for (const request of recent)
      slots[Math.min(STEPS - 1, Math.floor((request.from - now + SPAN_MS) / step))].push(request);
    charts.replaceChildren(
      chart(
        "requests a minute",
        slots.map((slot) => slot.length * (60_000 / step)),
        (value) => value.toFixed(0),
      ),
      chart(
        "median time",
        slots.map((slot) => median(slot.map((request) => request.duration))),
        duration,
      ),
      chart(
        "failed",
        slots.map((slot) => slot.filter((request) => request.state === "failed").length),
        (value) => value.toFixed(0),
      ),
    );
    const failed = [...requests.all.values()]
      .filter((request) => request.state === "failed" || request.state === "waiting")
      .sort((one, other) => other.from - one.from)
      .slice(0, FAILURES);
    failures.replaceChildren(
      failed.length
        ? table(
            ["when", "request", "why"],
            failed.map((request) => [
              timeOfDay(request.from),
              h("a", { href: addressOf("requests", request.key) }, request.name || request.key),
              request.why,
            ]),
            "Requests that failed",
          )
        : h("p", { class: "good" }, "Nothing failed."),
    );
  }

  refresh();
  const timer = setInterval(refresh, 10_000);
  return { element, refresh, close: () => clearInterval(timer) };
}

/** @param {number[]} values */
function median(values) {
  return values.length ? values.sort((one, other) => one - other)[Math.floor(values.length / 2)] : 0;
}

/** @param {string} title @param {number[]} values @param {(value: number) => string} write */
function chart(title, values, write) {
  const most = Math.max(...values, 1e-9);
  const points = values
    .map((value, place) => `${place ? "L" : "M"}${(place / (STEPS - 1)) * 300} ${58 - (value / most) * 54}`)
    .join("");
  const label = `${title} over the last 15 minutes, at most ${write(most)}`;
  return h(
    "div",
    { class: "card" },
    h("strong", {}, title),
    h("small", { class: "quiet" }, ` at most ${write(Math.max(...values))}`),
    svg(
      "svg",
      { class: "chart", viewBox: "0 0 300 60", preserveAspectRatio: "none", role: "img", "aria-label": label },
      svg("path", { d: points }),
    ),
  );
}
