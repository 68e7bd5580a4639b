// The console: shows one view, and keeps the requests up to date.

import { addressOf, readAddress } from "./address.js";
import { cameraView } from "./camera-view.js";
import { h } from "./dom.js";
import { findingsView } from "./findings-view.js";
import { functionsView } from "./functions-view.js";
import { listView } from "./list-view.js";
import { hasPeople } from "./people.js";
import { peopleView } from "./people-view.js";
import { QueueRates } from "./queue-rates.js";
import { queuesView } from "./queues-view.js";
import { requestView } from "./request-view.js";
import { Requests } from "./requests.js";
import { follow, get } from "./server.js";

/**
 * @typedef {object} View
 * @property {HTMLElement} element
 * @property {(changed: Set<import("./request.js").PipelineRequest>) => void} [refresh] after new entries
 * @property {() => void} [close]
 */

/** @type {Record<string, string>} */
const VIEWS = {
  requests: "Requests",
  camera: "Camera",
  ...(hasPeople ? { people: "People" } : {}),
  queues: "Queues",
  functions: "Functions",
  findings: "Findings",
};
const FIRST_ENTRIES = 2_000;
const OLDER_ENTRIES = 10_000;
const REFRESH_MS = 250;

const place = /** @type {HTMLElement} */ (document.getElementById("view"));
const state = /** @type {HTMLElement} */ (document.getElementById("state"));
const requests = new Requests();
const rates = new QueueRates();
let before = 0;
/** @type {View | undefined} */
let view;
/** @type {Set<import("./request.js").PipelineRequest>} */
let changed = new Set();
let due = false;
/** @type {import("./server.js").Entry[] | undefined} entries that come while earlier ones are loaded */
let heard;

/** @param {import("./server.js").Entry[]} entries that were just made */
function take(entries) {
  heard?.push(...entries);
  rates.take(entries);
  refreshSoon(requests.take(entries));
}

/** @param {Iterable<import("./request.js").PipelineRequest>} more that have changed */
function refreshSoon(more) {
  for (const request of more) changed.add(request);
  if (!due) {
    due = true;
    setTimeout(refresh, REFRESH_MS);
  }
}

function refresh() {
  const shown = changed;
  due = false;
  changed = new Set();
  view?.refresh?.(shown);
}

async function load() {
  /** @type {import("./server.js").Entry[]} */
  const meanwhile = [];
  heard = meanwhile;
  const page = await get(`/entries?limit=${FIRST_ENTRIES}`);
  heard = undefined;
  before = page.before;
  requests.clear();
  rates.take(page.entries);
  refreshSoon(requests.take([...page.entries, ...meanwhile]));
}

/** @returns {Promise<boolean>} whether there were older ones */
async function loadOlder() {
  if (!before || requests.isFull) return false;
  const page = await get(`/entries?limit=${OLDER_ENTRIES}&before=${before}`);
  before = page.before;
  refreshSoon(requests.take(page.entries));
  return page.entries.length > 0;
}

/** @returns {View} */
function viewOf(/** @type {string} */ name, /** @type {string} */ argument) {
  switch (name) {
    case "camera":
      return cameraView(requests);
    case "people":
      return hasPeople ? peopleView(requests) : listView(requests, loadOlder);
    case "queues":
      return queuesView(argument, requests, rates);
    case "functions":
      return functionsView();
    case "findings":
      return findingsView(requests);
    default:
      return argument ? requestView(argument, requests) : listView(requests, loadOlder);
  }
}

function show() {
  const { view: asked, argument } = readAddress(location.hash);
  const name = asked in VIEWS ? asked : "requests";
  view?.close?.();
  view = viewOf(name, argument);
  place.replaceChildren(view.element);
  const links = Object.entries(VIEWS).map(([key, title]) =>
    h("a", { href: addressOf(key), "aria-current": key === name ? "page" : false }, title),
  );
  document.getElementById("views")?.replaceChildren(...links);
  document.title = `${VIEWS[name]} – facepipe`;
}

addEventListener("hashchange", () => {
  show();
  place.focus();
});
show();
follow({
  entries: take,
  again: () => load().catch(() => undefined),
  state: (text) => {
    state.textContent = text;
  },
});
load().catch((error) => {
  state.textContent = error.message;
});
