// The functions: what their environments do, figures, mappings; and what can be done to them.

import { h, table } from "./dom.js";
import { faultBar, functionFacts } from "./function-card.js";
import { lastReports } from "./reports.js";
import { change, get } from "./server.js";
import { tryFunction } from "./try-function.js";

const AGAIN_MS = 2000;
const FIGURES_MS = 5000; // at the least between two questions for figures
const FIGURES_SHARE = 100; // the emulator computes figures at most 1 / 100 of the time
const REPORTS = 5;

export function functionsView() {
  const said = h("p", { role: "status", class: "quiet" });
  const cards = h("div", { class: "cards wide" });
  const mappings = h("div", {});
  const attempt = tryFunction();
  const element = h(
    "section",
    {},
    h("h1", {}, "Functions"),
    said,
    cards,
    h("h2", {}, "Event source mappings"),
    mappings,
    h("h2", {}, "Try one"),
    attempt.element,
  );
  /** @type {Map<string, {element: HTMLElement, facts: HTMLElement, faults: ReturnType<typeof faultBar>, shown: string}>} */
  const known = new Map();
  /** @type {Map<string, import("./reports.js").Report[]>} */
  const reports = new Map();
  let figures = /** @type {Record<string, any>} */ ({});
  let figuresAt = 0; // when to ask for figures again
  let isNew = true; // whether a call has ended since figures were asked for
  let shownMappings = "";

  async function load() {
    const [activity, { faults }, { EventSourceMappings: found }] = await Promise.all([
      get("/activity"),
      get("/faults"),
      get("/2015-03-31/event-source-mappings/"),
    ]);
    if (isNew && Date.now() > figuresAt) await loadFigures(Object.keys(activity.functions));
    for (const [name, now] of Object.entries(activity.functions)) showFunction(name, now, faults);
    for (const [name, card] of known) if (!(name in activity.functions)) card.element.remove();
    const signature = JSON.stringify([found, activity.mappings]);
    if (signature !== shownMappings) mappings.replaceChildren(mappingTable(found, activity.mappings));
    shownMappings = signature;
    attempt.offer(Object.keys(activity.functions));
  }

  /** @param {string[]} names */
  async function loadFigures(names) {
    isNew = false;
    const before = performance.now();
    figures = (await get("/stats?since_s=900").catch(() => ({ functions: {} }))).functions;
    figuresAt = Date.now() + Math.max(FIGURES_MS, (performance.now() - before) * FIGURES_SHARE);
    const { Functions } = await get("/2015-03-31/functions/");
    for (const { FunctionName, LoggingConfig } of Functions) {
      const json = LoggingConfig?.LogFormat === "JSON";
      if (names.includes(FunctionName))
        reports.set(FunctionName, await lastReports(FunctionName, json, REPORTS).catch(() => []));
    }
  }

  /** @param {string} name @param {any} now @param {any[]} faults */
  function showFunction(name, now, faults) {
    const card = known.get(name) ?? makeCard(name);
    const content = [now, figures[name], reports.get(name)];
    const signature = JSON.stringify(content);
    if (signature !== card.shown)
      card.facts.replaceChildren(
        ...functionFacts(name, now, figures[name], reports.get(name) ?? []).filter((part) => part !== null),
      );
    card.shown = signature;
    card.faults.show(faults.filter((fault) => fault.function === name));
  }

  /** @param {string} name */
  function makeCard(name) {
    const facts = h("div", {});
    const faults = faultBar(
      name,
      (kind) =>
        act(() => change("POST", "/faults", { function: name, kind, calls: 1 }), `the next call of ${name}: ${kind}`),
      () => act(() => change("DELETE", `/faults?function=${encodeURIComponent(name)}`), "switched off"),
    );
    const card = {
      element: h("div", { class: "card" }, h("strong", {}, name), facts, faults.element),
      facts,
      faults,
      shown: "",
    };
    known.set(name, card);
    cards.append(card.element);
    return card;
  }

  /** @param {() => Promise<any>} work @param {string} done */
  async function act(work, done) {
    try {
      await work();
      said.textContent = done;
      await load();
    } catch (error) {
      said.textContent = /** @type {Error} */ (error).message;
    }
  }

  /** @param {any[]} found @param {Record<string, {in_flight: number, limit: number, maximum: number}>} batches */
  function mappingTable(found, batches) {
    const rows = found.map((mapping) => {
      const on = !["Disabled", "Disabling"].includes(mapping.State);
      const path = `/2015-03-31/event-source-mappings/${mapping.UUID}`;
      const now = batches[mapping.UUID];
      const grows = now && now.limit < now.maximum ? ` (grows to ${now.maximum})` : "";
      const pause = () => act(() => change("PUT", path, { Enabled: !on }), on ? "paused" : "goes on");
      return [
        mapping.EventSourceArn.split(":").at(-1),
        mapping.FunctionArn.split(":")[6],
        mapping.State,
        mapping.BatchSize,
        now ? `${now.in_flight} of ${now.limit}${grows}` : "it does not poll",
        h("button", { onclick: pause }, on ? "Pause" : "Go on"),
      ];
    });
    const headings = ["queue", "function", "state", "batch size", "batches in flight", ""];
    return rows.length
      ? table(headings, rows, "The event source mappings")
      : h("p", { class: "quiet" }, "There are none.");
  }

  const failed = (/** @type {Error} */ error) => {
    said.textContent = error.message;
  };
  load().catch(failed);
  const timer = setInterval(() => document.hidden || load().catch(failed), AGAIN_MS);
  return {
    element,
    refresh: () => {
      isNew = true;
    },
    close: () => clearInterval(timer),
  };
}
