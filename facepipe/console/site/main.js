// The console: shows one view, and keeps the requests up to date.

import { cameraView } from "./camera-view.js";
import { h } from "./dom.js";
import { findingsView } from "./findings-view.js";
import { functionsView } from "./functions-view.js";
import { listView } from "./list-view.js";
import { queuesView } from "./queues-view.js";
import { requestView } from "./request-view.js";
import { Requests } from "./requests.js";
import { follow, get } from "./server.js";

/** @typedef {{element: HTMLElement, refresh?: () => void, close?: () => void}} View */

/** @type {Record<string, string>} */
const VIEWS = {
  requests: "Requests",
  camera: "Camera",
  queues: "Queues",
  functions: "Functions",
  findings: "Findings",
};
const FIRST_ENTRIES = 2_000;
const OLDER_ENTRIES = 10_000;
const REFRESH_MS = 250;

const place = /** @type {HTMLElement} */ (document.getElementById("view"));
const state = /** @type {HTMLElement} */ (document.getElementById("state"));
let requests = new Requests();
/** @type {import("./server.js").Entry[]} all that were taken, in order */
let entries = [];
let before = 0;
/** @type {View | undefined} */
let view;
let due = false;

/** @param {import("./server.js").Entry[]} more */
function take(more) {
  entries.push(...more);
  requests.take(more);
  if (!due) {
    due = true;
    setTimeout(() => {
      due = false;
      view?.refresh?.();
    }, REFRESH_MS);
  }
}

async function load() {
  const page = await get(`/entries?limit=${FIRST_ENTRIES}`);
  entries = page.entries;
  before = page.before;
  requests = new Requests();
  requests.take(entries);
  show();
}

async function loadOlder() {
  if (!before) return false;
  const page = await get(`/entries?limit=${OLDER_ENTRIES}&before=${before}`);
  before = page.before;
  if (!page.entries.length) return false;
  const pictures = new Map([...requests.all].map(([key, request]) => [key, request]));
  entries = [...page.entries, ...entries];
  const whole = new Requests();
  whole.take(entries);
  for (const [key, old] of pictures) {
    const request = whole.all.get(key);
    if (request)
      Object.assign(request, {
        thumbnail: old.thumbnail,
        asked: old.asked,
        fileName: old.fileName,
        name: request.name || old.name,
      });
  }
  Object.assign(requests, { all: whole.all, index: whole.index, calls: whole.calls, batches: whole.batches });
  return true;
}

/** @returns {View} */
function viewOf(/** @type {string} */ name, /** @type {string} */ argument) {
  switch (name) {
    case "camera":
      return cameraView(requests);
    case "queues":
      return queuesView(argument);
    case "functions":
      return functionsView();
    case "findings":
      return findingsView(requests);
    default:
      return argument ? requestView(argument, () => requests.find(argument)) : listView(requests, loadOlder);
  }
}

function show() {
  const [, name = "requests", ...rest] = location.hash.split("/");
  const argument = decodeURIComponent(rest.join("/"));
  view?.close?.();
  view = viewOf(name, argument);
  place.replaceChildren(view.element);
  const links = Object.entries(VIEWS).map(([key, title]) =>
    h("a", { href: `#/${key}`, "aria-current": key === (name in VIEWS ? name : "requests") ? "page" : false }, title),
  );
  document.getElementById("views")?.replaceChildren(...links);
  document.title = `${VIEWS[name] ?? "Requests"} – facepipe`;
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
