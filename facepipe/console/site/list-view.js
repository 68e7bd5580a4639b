// The requests, newest first: only the rows in sight exist, so that ten thousand scroll as well as ten.

import { addressOf } from "./address.js";
import { duration, h, svg, timeOfDay } from "./dom.js";
import { payloads, photoOf, pictureOf, small } from "./pictures.js";
import { resultIn } from "./request.js";

/** @typedef {import("./request.js").PipelineRequest} PipelineRequest */
/** @typedef {import("./requests.js").Requests} Requests */

const ROW_PX = 52;
const SPARE_ROWS = 4;
const SLOW_MS = 1000;
const LOOK_PAUSE_MS = 400; // at most so often, so that a flood of requests costs the emulator little
const AT_ONCE = 30; // requests in one question
const WORDS = { failed: "failed", waiting: "comes back", running: "running", done: "done" };
const COLOURS = { failed: "bad", waiting: "wait", running: "quiet", done: "good" };

/**
 * @param {Requests} requests
 * @param {() => Promise<boolean>} loadOlder returns whether there were older ones
 * @returns {{element: HTMLElement, refresh: () => void, close: () => void}}
 */
export function listView(requests, loadOlder) {
  const text = h("input", {
    type: "search",
    placeholder: "name, file or request id",
    "aria-label": "Filter by name, file or request id",
    oninput: refresh,
  });
  const state = h(
    "select",
    { "aria-label": "Filter by state", onchange: refresh },
    ...["all", "failed", "comes back", "running", "done", "slow"].map((word) => h("option", {}, word)),
  );
  const count = h("span", { class: "quiet", role: "status" });
  const rows = h("div", {});
  const list = h(
    "div",
    { class: "list", tabindex: 0, role: "list", "aria-label": "Requests, newest first", onscroll: draw },
    rows,
  );
  const empty = h("p", { class: "quiet" }, "Nothing yet. Send a photo: the view Camera has a sample.");
  const element = h(
    "section",
    {},
    h("h1", {}, "Requests"),
    h("div", { class: "bar" }, text, state, count),
    empty,
    list,
  );
  /** @type {PipelineRequest[]} */
  let shown = [];
  /** @type {Map<string, HTMLElement>} */
  const drawn = new Map();
  let loading = false;
  /** @type {PipelineRequest[]} rows in sight whose payloads were not asked for */
  let unknown = [];
  /** @type {PipelineRequest[]} those that were asked for, and have no picture yet */
  const pictures = [];
  const timer = setInterval(() => document.hidden || look().catch(() => undefined), LOOK_PAUSE_MS);
  const watcher = new ResizeObserver(draw);
  watcher.observe(list);

  /** @param {PipelineRequest} request */
  function matches(request) {
    const word = state.value;
    if (word === "slow" ? request.duration < SLOW_MS : word !== "all" && WORDS[request.state] !== word) return false;
    const wantedText = text.value.trim().toLowerCase();
    return (
      !wantedText ||
      [request.name, request.fileName, request.result, request.key].some((value) =>
        value.toLowerCase().includes(wantedText),
      )
    );
  }

  function refresh() {
    shown = [...requests.all.values()].filter(matches).sort((one, other) => other.from - one.from);
    const total = requests.all.size;
    count.textContent =
      shown.length === total
        ? `${total.toLocaleString()} requests`
        : `${shown.length.toLocaleString()} of ${total.toLocaleString()}`;
    empty.hidden = total > 0;
    list.hidden = total === 0;
    rows.style.height = `${shown.length * ROW_PX}px`;
    draw();
  }

  function draw() {
    const first = Math.max(0, Math.floor(list.scrollTop / ROW_PX) - SPARE_ROWS);
    const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW_PX) + SPARE_ROWS);
    const inSight = shown.slice(first, last);
    const keys = new Set(inSight.map((request) => request.key));
    for (const [key, row] of drawn) {
      if (!keys.has(key)) {
        row.remove();
        drawn.delete(key);
      }
    }
    inSight.forEach((request, place) => {
      const before = drawn.get(request.key);
      const focused = before === document.activeElement;
      const row = rowOf(request, (first + place) * ROW_PX);
      if (before) before.replaceWith(row);
      else rows.append(row);
      drawn.set(request.key, row);
      if (focused) row.focus();
    });
    unknown = inSight.filter((request) => !request.asked && request.state !== "running");
    if (!loading && last === shown.length && shown.length) older();
  }

  async function older() {
    loading = true;
    const more = await loadOlder();
    loading = !more; // without older ones, nothing is asked again
    if (more) refresh();
  }

  /** Asks for results that were sent before this page was open, and for one picture after the other. */
  async function look() {
    const asked = unknown.splice(0, AT_ONCE);
    for (const request of asked) request.asked = true;
    pictures.unshift(...asked);
    const withoutResult = asked.filter((request) => !request.result && request.state === "done");
    if (withoutResult.length) await addResults(withoutResult);
    const next = pictures.shift();
    if (next && shown.includes(next)) await addPicture(next);
    if (next || asked.length) draw();
  }

  refresh();
  return {
    element,
    refresh,
    close() {
      clearInterval(timer);
      watcher.disconnect();
    },
  };
}

/** @param {PipelineRequest} request @param {number} top */
function rowOf(request, top) {
  const picture = request.thumbnail
    ? h("img", { class: "thumbnail", src: request.thumbnail, alt: "" })
    : h("span", { class: "thumbnail" });
  const title = request.fileName || request.name || request.key;
  const row = h(
    "a",
    { class: "row", role: "listitem", href: addressOf("requests", request.key) },
    picture,
    h(
      "span",
      { class: "cut" },
      title,
      h("br"),
      h("small", { class: "quiet" }, request.name !== title ? request.name : ""),
    ),
    h(
      "strong",
      { class: "cut" },
      request.result || (request.state === "failed" ? h("span", { class: "bad" }, request.why) : ""),
    ),
    h("span", { class: COLOURS[request.state] }, WORDS[request.state]),
    stages(request),
    h("span", { class: "number" }, duration(request.duration)),
    h("span", { class: "number quiet" }, timeOfDay(request.from)),
  );
  row.style.top = `${top}px`;
  return row;
}

/** @param {PipelineRequest} request */
function stages(request) {
  const whole = Math.max(1, request.duration);
  const bars = [...request.steps.values()].map((step) => {
    const from = Math.max(0, (step.from - request.from) / whole) * 100;
    const length = Math.max(1, (((step.to || request.to) - step.from) / whole) * 100);
    const sort = step.failed ? "failed" : step.sort === "queue" ? "queue" : "";
    return svg(
      "rect",
      { class: `span ${sort}`, x: from, y: 1, width: Math.min(length, 100 - from), height: 10 },
      svg("title", {}, step.name),
    );
  });
  return svg(
    "svg",
    {
      class: "stages",
      viewBox: "0 0 100 12",
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": "Where the time went",
    },
    ...bars,
  );
}

/** @param {PipelineRequest[]} requests */
async function addResults(requests) {
  const traces = requests.map((request) => request.trace);
  const names = requests.map((request) => request.name);
  const found = await payloads([], traces, names);
  for (const request of requests) {
    const own = found.filter(
      (payload) =>
        (payload.trace_id && payload.trace_id === request.trace) || (payload.name && payload.name === request.name),
    );
    for (const { text } of own) request.result ||= resultIn(text);
  }
}

/** @param {PipelineRequest} request */
async function addPicture(request) {
  const [first = ""] = request.invocations;
  const photo = first ? await photoOf(first) : undefined;
  if (!photo) return;
  request.fileName ||= photo.fileName;
  request.name ||= photo.requestId;
  request.thumbnail = await small(pictureOf(photo.content), 88).catch(() => "");
}
