// The threshold: the distance from which a face is unknown, and what another one would change in the last requests.

import { h, svg, table } from "./dom.js";
import { thresholdInUse } from "./people.js";
import { namedFaces, payloads } from "./pictures.js";

/** @typedef {{request: string, file: string, distance: number, nearest: string}} SeenFace */

const LAST = 200; // requests
const IDS = 100; // in one question
const FROM = 0;
const TO = 1.6;
const AGAIN_MS = 3000;
const SHOWN = 50;

/** @param {import("./requests.js").Requests} requests */
export function thresholdPart(requests) {
  const slider = h("input", {
    type: "range",
    min: FROM,
    max: TO,
    step: 0.01,
    "aria-label": "Threshold",
    oninput: draw,
  });
  const value = h("output", { class: "number" });
  const sentence = h("p", { role: "status" });
  const plot = h("div", {});
  const changes = h("div", {});
  const reset = h(
    "button",
    {
      onclick: () => {
        slider.value = String(inUse.value);
        draw();
      },
    },
    "As it is",
  );
  const element = h(
    "section",
    { "aria-label": "Threshold" },
    h("h2", {}, "Threshold"),
    h(
      "p",
      { class: "quiet" },
      "A face gets the name of the nearest person if their distance is below the threshold. ",
      "Try another one: the distances are those that the last requests were answered with.",
    ),
    h("div", { class: "bar" }, slider, value, reset),
    plot,
    sentence,
    changes,
  );
  let inUse = { value: 0, own: false };
  /** @type {SeenFace[]} */
  let faces = [];
  let later = 0;
  let last = 0;

  /** @param {number} ofGallery */
  async function setGallery(ofGallery) {
    const before = inUse.value;
    inUse = await thresholdInUse(ofGallery).catch(() => ({ value: ofGallery, own: false }));
    if (!before || Number(slider.value) === before) slider.value = String(inUse.value);
    draw();
  }

  async function load() {
    last = Date.now();
    faces = await lastFaces(requests);
    draw();
  }

  function refresh() {
    clearTimeout(later);
    later = setTimeout(() => load().catch(() => undefined), Math.max(0, last + AGAIN_MS - Date.now()));
  }

  function draw() {
    if (!inUse.value) return;
    const chosen = Number(slider.value);
    value.textContent = chosen.toFixed(2);
    const changed = faces.filter((face) => face.distance < chosen !== face.distance < inUse.value);
    plot.replaceChildren(faces.length ? dots(faces, inUse.value, chosen) : "");
    sentence.textContent = summary(faces, changed, inUse, chosen);
    const rows = changed.slice(0, SHOWN).map((face) => {
      const [before, after] = [inUse.value, chosen].map((limit) => (face.distance < limit ? face.nearest : "unknown"));
      return [
        h("a", { href: `#/requests/${encodeURIComponent(face.request)}` }, face.file),
        before,
        after,
        face.distance.toFixed(2),
      ];
    });
    changes.replaceChildren(
      ...(rows.length ? [table(["request", "now", "then", "distance"], rows, "What would change")] : []),
    );
  }

  refresh();
  return { element, setGallery, refresh };
}

/**
 * Returns the faces of the last requests, with the distances that recognition sent along.
 * @param {import("./requests.js").Requests} requests
 * @returns {Promise<SeenFace[]>}
 */
async function lastFaces(requests) {
  const latest = [...requests.all.values()].filter((request) => request.trace).slice(-LAST);
  const files = new Map(latest.map((request) => [request.trace, request.fileName]));
  const traces = [...files.keys()];
  /** @type {Map<string, SeenFace[]>} by request, so that a result that was sent twice counts once */
  const found = new Map();
  for (let first = 0; first < traces.length; first += IDS) {
    for (const payload of await payloads([], traces.slice(first, first + IDS))) {
      const named = namedFaces(payload.attributes);
      if (named)
        found.set(payload.trace_id, seenFaces(named, payload.trace_id, files.get(payload.trace_id) || payload.name));
    }
  }
  return [...found.values()].flat();
}

/** @param {import("./pictures.js").Face[]} named @param {string} request @param {string} file @returns {SeenFace[]} */
function seenFaces(named, request, file) {
  const near = named.filter((face) => typeof face.distance === "number" && face.nearest);
  return near.map((face) => ({ request, file, distance: Number(face.distance), nearest: String(face.nearest) }));
}

/** @param {SeenFace[]} faces @param {number} now @param {number} then */
function dots(faces, now, then) {
  const at = (/** @type {number} */ distance) =>
    `${1 + (98 * (Math.min(TO, Math.max(FROM, distance)) - FROM)) / (TO - FROM)}%`;
  const marks = faces.map((face, place) =>
    svg(
      "circle",
      { class: face.distance < then ? "dot named" : "dot", cx: at(face.distance), cy: 12 + (place % 6) * 6, r: 4 },
      svg("title", {}, `${face.nearest} ${face.distance.toFixed(2)}`),
    ),
  );
  const lines = [
    ["in-use", now],
    ["chosen", then],
  ].map(([sort, limit]) =>
    svg("line", { class: `limit ${sort}`, x1: at(Number(limit)), x2: at(Number(limit)), y1: 0, y2: "100%" }),
  );
  return svg(
    "svg",
    {
      class: "dots",
      role: "img",
      "aria-label": "Distances of the last faces to the nearest person, and the threshold",
    },
    ...marks,
    ...lines,
  );
}

/**
 * @param {SeenFace[]} faces @param {SeenFace[]} changed
 * @param {{value: number, own: boolean}} inUse @param {number} chosen
 */
function summary(faces, changed, inUse, chosen) {
  const whose = `In use is ${inUse.value.toFixed(2)}, ${inUse.own ? "the parameter MatchThreshold" : "that of the gallery"}.`;
  if (!faces.length) return `${whose} No face with a distance is kept yet: send photos, and they are shown here.`;
  const many = faces.length === 1 ? "1 face" : `${faces.length} faces`;
  const named = changed.filter((face) => face.distance < chosen).length;
  if (!changed.length) return `${whose} At ${chosen.toFixed(2)}, nothing changes for the last ${many}.`;
  const parts = [
    named && `${named} would get a name`,
    changed.length - named && `${changed.length - named} would lose the name`,
  ].filter(Boolean);
  return `${whose} At ${chosen.toFixed(2)}, of the last ${many} ${parts.join(" and ")}. To use it: --parameter MatchThreshold=${chosen.toFixed(2)}`;
}
