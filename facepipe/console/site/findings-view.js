// What would go wrong on AWS by doctor's rules, what failed lately and why, and how much there was to do.

import { addressOf } from "./address.js";
import { chart, percentile, perMinute, SPAN_MS, slotsOf } from "./charts.js";
import { duration, h, table, timeOfDay } from "./dom.js";
import { get } from "./server.js";

/** @typedef {import("./request.js").PipelineRequest} PipelineRequest */
/** @typedef {{level: string, id: string, path: string, on_aws: string, cure: string}} Finding */

const FAILURES = 20;
const AGAIN_MS = 10_000;
/** @type {Record<string, string>} */
const COLOURS = { error: "bad", warning: "wait", note: "quiet" };

/** @param {import("./requests.js").Requests} requests */
export function findingsView(requests) {
  const charts = h("div", { class: "cards" });
  const failures = h("div", {});
  const doctor = doctorsFindings();
  const element = h(
    "section",
    {},
    h("h1", {}, "Findings"),
    charts,
    h("h2", {}, "What failed last, and why"),
    failures,
    h("h2", {}, "What would go wrong on AWS"),
    doctor,
  );

  function refresh() {
    const now = Date.now();
    const recent = [...requests.all.values()].filter((request) => request.from > now - SPAN_MS);
    const slots = slotsOf(recent, (request) => request.from, now);
    const failed = (/** @type {PipelineRequest[]} */ slot) => slot.filter(({ state }) => state === "failed").length;
    const took = (/** @type {number} */ percent) =>
      slots.map((slot) =>
        percentile(
          slot.map((request) => request.duration),
          percent,
        ),
      );
    const count = (/** @type {number} */ value) => Math.round(value).toLocaleString();
    charts.replaceChildren(
      chart(
        "requests a minute",
        slots.map((slot) => perMinute(slot.length)),
        count,
      ),
      chart("median time", took(50), duration),
      chart("95 % are faster than", took(95), duration),
      chart("failed", slots.map(failed), count, "bad"),
    );
    failures.replaceChildren(latestFailures([...requests.all.values()]));
  }

  refresh();
  const timer = setInterval(() => document.hidden || refresh(), AGAIN_MS);
  return { element, refresh, close: () => clearInterval(timer) };
}

/** @param {PipelineRequest[]} all */
function latestFailures(all) {
  const failed = all
    .filter((request) => request.state === "failed" || request.state === "waiting")
    .sort((one, other) => other.from - one.from)
    .slice(0, FAILURES);
  if (!failed.length) return h("p", { class: "good" }, "Nothing failed.");
  const rows = failed.map((request) => [
    timeOfDay(request.from),
    h("a", { href: addressOf("requests", request.key) }, request.fileName || request.name || request.key),
    request.state === "waiting" ? "comes back" : "failed",
    request.why,
  ]);
  return table(["when", "request", "state", "why"], rows, "Requests that failed");
}

/** What doctor finds about the emulator that serves this page; asked for when the view is opened, and on demand. */
function doctorsFindings() {
  const body = h("div", { role: "status" });
  const button = h("button", { onclick: load }, "Examine again");

  async function load() {
    button.disabled = true;
    body.replaceChildren(h("p", { class: "quiet" }, "examining …"));
    try {
      const { findings, looked_at: lookedAt } = await get("/findings");
      const none = findings.length ? [] : [h("p", { class: "good" }, "Nothing was found.")];
      const lines = lookedAt.map((/** @type {string} */ line) => h("li", {}, line));
      body.replaceChildren(...none, ...findings.map(card), h("ul", { class: "plain quiet small" }, ...lines));
    } catch (error) {
      body.replaceChildren(h("p", { class: "bad" }, /** @type {Error} */ (error).message));
    }
    button.disabled = false;
  }

  load();
  return h("div", {}, h("div", { class: "bar" }, button), body);
}

/** @param {Finding} finding */
function card(finding) {
  return h(
    "article",
    { class: "card finding" },
    h("strong", { class: COLOURS[finding.level] ?? "" }, finding.level),
    " ",
    h("code", {}, finding.path),
    " ",
    h("small", { class: "quiet" }, finding.id),
    h("p", {}, h("span", { class: "quiet" }, "on AWS: "), finding.on_aws),
    h("p", {}, h("span", { class: "quiet" }, "cure: "), finding.cure),
  );
}
