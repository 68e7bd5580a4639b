// One function: what its environments do, its figures of the last quarter of an hour, and its last REPORT lines.

import { addressOf } from "./address.js";
import { duration, h, table, timeOfDay } from "./dom.js";

/** @typedef {{name: string, state: string, request_id: string}} Environment */
/** @typedef {{environments: Environment[], limit: number, calls_in_flight: number, calls_waiting: number}} Activity */

const KINDS = ["error", "timeout", "crash", "oom", "throttle", "slow=2s", "duplicate", "lost-delete", "late"];
/** @type {Record<string, string>} */
const COLOURS = { cold: "cold", warm: "good", busy: "busy", "held by a debugger": "wait" };

/**
 * @param {string} name
 * @param {Activity} now
 * @param {any} figures of /stats; undefined if there are none
 * @param {import("./reports.js").Report[]} reports
 */
export function functionFacts(name, now, figures, reports) {
  const waiting = now.calls_waiting ? `; ${now.calls_waiting} calls wait` : "";
  return [
    h("p", { class: "environments" }, ...now.environments.map(environment)),
    h("p", { class: "quiet" }, `${now.environments.length} of at most ${now.limit} environments${waiting}`),
    figures ? figuresTable(name, figures) : h("p", { class: "quiet" }, "No call in the last quarter of an hour."),
    reports.length ? reportsTable(name, reports) : null,
  ];
}

/** @param {Environment} one */
function environment(one) {
  const title = one.name || "not connected yet";
  const words = h("span", { class: `chip ${COLOURS[one.state] ?? ""}`, title }, one.state);
  return one.request_id ? h("a", { href: addressOf("requests", one.request_id) }, words) : words;
}

/** @type {[string, string, string][]} key of a figure, one, several */
const COUNTS = [
  ["invocations", "call", "calls"],
  ["errors", "error", "errors"],
  ["timeouts", "timeout", "timeouts"],
  ["crashes", "crash", "crashes"],
  ["throttles", "throttle", "throttles"],
  ["cold_starts", "cold start", "cold starts"],
];
const FINE = ["invocations", "cold_starts"]; // the others are failures

/** @param {string} name @param {any} figures */
function figuresTable(name, figures) {
  const counts = COUNTS.map(([key, one, several]) => {
    const bad = figures[key] > 0 && !FINE.includes(key);
    return h(
      "span",
      { class: bad ? "bad" : "" },
      `${figures[key].toLocaleString()} ${figures[key] === 1 ? one : several}`,
    );
  });
  const times = Object.entries({ duration: figures.duration_ms, "cold start": figures.init_ms, wait: figures.wait_ms });
  const rows = times
    .filter(([, times]) => times && "p50" in times)
    .map(([title, times]) => [
      title,
      duration(times.average),
      duration(times.p50),
      duration(times.p95),
      duration(times.p99),
    ]);
  return h(
    "div",
    {},
    h("p", { class: "counts" }, ...counts),
    rows.length
      ? table(["", "average", "p50", "p95", "p99"], rows, `Times of ${name} in the last quarter of an hour`)
      : null,
  );
}

/** @param {string} name @param {import("./reports.js").Report[]} reports */
function reportsTable(name, reports) {
  const rows = reports.map((report) => [
    h("a", { href: addressOf("requests", report.requestId) }, timeOfDay(report.at_ms)),
    h("span", { class: report.status ? "bad" : "" }, report.duration, report.status ? ` ${report.status}` : ""),
    report.billed,
    report.memory,
    report.init,
  ]);
  return h(
    "details",
    { open: true },
    h("summary", {}, "Last REPORTs"),
    table(["ended", "duration", "billed", "memory", "init"], rows, `The last REPORT lines of ${name}`),
  );
}

/**
 * Switches faults of one function on and off.
 * @param {string} name
 * @param {(kind: string) => void} switchOn
 * @param {() => void} switchOff
 */
export function faultBar(name, switchOn, switchOff) {
  const kind = h("select", { "aria-label": `Fault for ${name}` }, ...KINDS.map((word) => h("option", {}, word)));
  const list = h("div", {});
  const off = h("button", { onclick: switchOff, hidden: true }, "Switch off");
  const on = h("button", { onclick: () => switchOn(kind.value) }, "Fault for the next call");

  /** @param {any[]} faults those that are on */
  function show(faults) {
    off.hidden = !faults.length;
    list.replaceChildren(
      ...faults.map((fault) => {
        const calls = fault.calls ? `the next ${fault.calls}` : `${fault.rate * 100} % of all`;
        return h("p", { class: "bad" }, `fault on: ${fault.kind} (${calls})`);
      }),
    );
  }

  return { element: h("div", {}, list, h("div", { class: "bar" }, kind, on, off)), show };
}
