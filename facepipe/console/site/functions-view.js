// The functions: environments, figures, mappings; and what can be done to them.

import { duration, h, readable, table } from "./dom.js";
import { change, get } from "./server.js";

const AGAIN_MS = 2000;
const KINDS = ["error", "timeout", "crash", "oom", "throttle", "slow=2s", "duplicate", "lost-delete", "late"];

export function functionsView() {
  const said = h("p", { role: "status", class: "quiet" });
  const cards = h("div", { class: "cards" });
  const mappings = h("div", {});
  const element = h(
    "section",
    {},
    h("h1", {}, "Functions"),
    said,
    cards,
    h("h2", {}, "Event source mappings"),
    mappings,
    h("h2", {}, "Try one"),
    tryOne(),
  );
  let shown = "";

  async function load() {
    const [health, stats, faults, found] = await Promise.all([
      get("/health"),
      get("/stats?since_s=900").catch(() => ({ functions: {} })),
      get("/faults"),
      get("/2015-03-31/event-source-mappings/"),
    ]);
    const signature = JSON.stringify([health.functions, stats.functions, faults, found]);
    if (signature === shown) return;
    shown = signature;
    cards.replaceChildren(
      ...Object.entries(health.functions).map(([name, now]) =>
        card(name, now, stats.functions[name] ?? {}, faults.faults),
      ),
    );
    mappings.replaceChildren(mappingTable(found.EventSourceMappings, health.functions));
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

  /** @param {string} name @param {any} now @param {any} figures @param {any[]} faults */
  function card(name, now, figures, faults) {
    const on = faults.filter((fault) => fault.function === name);
    const kind = h("select", { "aria-label": `Fault for ${name}` }, ...KINDS.map((word) => h("option", {}, word)));
    const facts = Object.entries(figures)
      .filter(([, value]) => typeof value === "number")
      .map(([key, value]) => [key.replaceAll("_", " "), key.endsWith("_ms") ? duration(Number(value)) : String(value)]);
    return h(
      "div",
      { class: "card" },
      h("strong", {}, name),
      h(
        "p",
        {},
        `${now.ready} of ${now.environments} environments ready, ${now.busy} busy, at most ${now.limit}; ${now.in_flight} calls in flight`,
      ),
      table(["in the last quarter of an hour", ""], facts, `Figures of ${name}`),
      ...on.map((fault) =>
        h(
          "p",
          { class: "bad" },
          `fault on: ${fault.kind} (${fault.calls ? `the next ${fault.calls}` : `${fault.rate * 100} % of all`})`,
        ),
      ),
      h(
        "div",
        { class: "bar" },
        kind,
        h(
          "button",
          {
            onclick: () =>
              act(
                () => change("POST", "/faults", { function: name, kind: kind.value, calls: 1 }),
                `the next call of ${name}: ${kind.value}`,
              ),
          },
          "Fault for the next call",
        ),
        on.length
          ? h(
              "button",
              {
                onclick: () =>
                  act(() => change("DELETE", `/faults?function=${encodeURIComponent(name)}`), "switched off"),
              },
              "Switch off",
            )
          : null,
      ),
    );
  }

  /** @param {any[]} found @param {any} functions */
  function mappingTable(found, functions) {
    return table(
      ["function", "queue", "state", "batch size", "calls in flight", ""],
      found.map((mapping) => {
        const name = mapping.FunctionArn.split(":")[6];
        const on = !["Disabled", "Disabling"].includes(mapping.State);
        const path = `/2015-03-31/event-source-mappings/${mapping.UUID}`;
        const most = mapping.ScalingConfig?.MaximumConcurrency;
        return [
          name,
          mapping.EventSourceArn.split(":").at(-1),
          mapping.State,
          mapping.BatchSize,
          `${functions[name]?.in_flight ?? 0}${most ? ` of ${most}` : ""}`,
          h(
            "button",
            { onclick: () => act(() => change("PUT", path, { Enabled: !on }), on ? "paused" : "goes on") },
            on ? "Pause" : "Go on",
          ),
        ];
      }),
      "The event source mappings",
    );
  }

  function tryOne() {
    const name = h("input", { placeholder: "function", "aria-label": "Function" });
    const event = h("textarea", { rows: 4, cols: 60, "aria-label": "Event" }, "{}");
    const answer = h("pre", { role: "status" });
    async function invoke() {
      try {
        const path = `/2015-03-31/functions/${encodeURIComponent(name.value)}/invocations`;
        const response = await fetch(path, { method: "POST", body: event.value });
        const error = response.headers.get("x-amz-function-error");
        answer.textContent = `${response.status}${error ? ` ${error}` : ""}\n${readable(await response.text())}`;
      } catch (error) {
        answer.textContent = /** @type {Error} */ (error).message;
      }
    }
    return h(
      "div",
      { class: "card" },
      h("div", { class: "bar" }, name, h("button", { onclick: invoke }, "Invoke")),
      event,
      answer,
    );
  }

  const failed = (/** @type {Error} */ error) => {
    said.textContent = error.message;
  };
  load().catch(failed);
  const timer = setInterval(() => document.hidden || load().catch(failed), AGAIN_MS);
  return { element, close: () => clearInterval(timer) };
}
