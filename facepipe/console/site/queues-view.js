// The queues: how full they are, how many messages come and leave, and one queue's messages.

import { addressOf } from "./address.js";
import { chart, perMinute, slotsOf } from "./charts.js";
import { duration, h, table } from "./dom.js";
import { openDesk, queueUrl, sourcesOf } from "./message-desk.js";
import { messagesView } from "./messages-view.js";
import { inLastMinute } from "./queue-rates.js";
import { get, sqs } from "./server.js";

/** @typedef {import("./queue-rates.js").QueueRates} QueueRates */

const AGAIN_MS = 2000;

/**
 * @param {string} chosen the name of the queue to look into; empty for the overview
 * @param {import("./requests.js").Requests} requests
 * @param {QueueRates} rates
 */
export function queuesView(chosen, requests, rates) {
  return chosen ? messagesView(chosen, requests) : overview(rates);
}

/** @param {QueueRates} rates */
function overview(rates) {
  const said = h("p", { role: "status", class: "quiet" });
  const body = h("div", {}, h("p", { class: "quiet" }, "loading …"));
  const charts = h("div", { class: "cards" });
  /** @type {Map<string, string[]>} */
  const sources = new Map();
  let shown = "";

  async function load() {
    const [health, ages] = await Promise.all([get("/health"), get("/queues").catch(() => ({ oldest_s: {} }))]);
    const names = Object.keys(health.queues);
    for (const name of names) if (!sources.has(name)) sources.set(name, await sourcesOf(name).catch(() => []));
    const now = Date.now();
    charts.replaceChildren(...names.map((name) => rateChart(name, rates, now)));
    const rows = names.map((name) => numbers(name, health.queues[name], ages.oldest_s[name]));
    if (JSON.stringify(rows) === shown) return;
    shown = JSON.stringify(rows);
    const headings = ["queue", "waiting", "in flight", "oldest", "came / left in a minute", ""];
    const cells = rows.map(([name, ...figures]) => [
      h("a", { href: addressOf("queues", name) }, name),
      ...figures,
      buttons(name),
    ]);
    body.replaceChildren(table(headings, cells, "The queues"));
  }

  /** @param {string} name @param {any} depth @param {number | null | undefined} age in seconds */
  function numbers(name, depth, age) {
    if (depth.error) return [name, depth.error, "", "", ""];
    const { came, left } = rates.of(name);
    const waiting = `${depth.visible + depth.delayed}${depth.delayed ? ` (${depth.delayed} delayed)` : ""}`;
    return [
      name,
      waiting,
      String(depth.in_flight),
      age ? duration(age * 1000) : "",
      `${inLastMinute(came)} / ${inLastMinute(left)}`,
    ];
  }

  /** @param {string} name */
  function buttons(name) {
    const isDead = (sources.get(name) ?? []).length > 0;
    const purge = async () => {
      await sqs("PurgeQueue", { QueueUrl: await queueUrl(name) });
      return `${name} is empty`;
    };
    return h(
      "span",
      { class: "bar" },
      isDead ? h("button", { onclick: () => act(async () => (await openDesk(name)).replayAll()) }, "Replay all") : null,
      h("button", { onclick: () => confirm(`Delete all messages of ${name}?`) && act(purge) }, "Purge"),
    );
  }

  /** @param {() => Promise<string>} work returns what to say */
  async function act(work) {
    try {
      said.textContent = await work();
      await load();
    } catch (error) {
      said.textContent = /** @type {Error} */ (error).message;
    }
  }

  const failed = (/** @type {Error} */ error) => body.replaceChildren(h("p", { class: "bad" }, error.message));
  load().catch(failed);
  const timer = setInterval(() => document.hidden || load().catch(failed), AGAIN_MS);
  const element = h("section", {}, h("h1", {}, "Queues"), said, body, h("h2", {}, "Messages a minute"), charts);
  return { element, close: () => clearInterval(timer) };
}

/** @param {string} name @param {QueueRates} rates @param {number} now */
function rateChart(name, rates, now) {
  const slots = slotsOf(rates.of(name).came.values(), (at) => at, now);
  return chart(
    name,
    slots.map((slot) => perMinute(slot.length)),
    (value) => Math.round(value).toLocaleString(),
  );
}
