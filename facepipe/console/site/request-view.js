// One request: the photo with boxes and names, its way through the pipeline, and every step's input and output.

import { duration, h, readable, svg, table, timeOfDay } from "./dom.js";
import { bodyOf, facesIn, namedFaces, payloads, photoIn, pictureOf } from "./pictures.js";
import { get, urls } from "./server.js";

/** @typedef {import("./pictures.js").Face} Face */
/** @typedef {import("./pictures.js").Payload} Payload */

const AGAIN_MS = 1000;
const LINES = 200;

/**
 * @param {string} key of the request
 * @param {() => import("./requests.js").PipelineRequest | undefined} find
 */
export function requestView(key, find) {
  const element = h("section", {}, h("p", { class: "quiet" }, "loading …"));
  let last = 0;
  let signature = "";
  let later = 0;

  async function load() {
    last = Date.now();
    const request = find();
    const trace = await get(`/trace/${encodeURIComponent(request?.trace || key)}`);
    const found = await payloads([...trace.ids.requests, ...trace.messages], trace.ids.traces, trace.names).catch(
      () => [],
    );
    const now = JSON.stringify([trace.spans.length, trace.lines.length, trace.complete, trace.failed, found.length]);
    if (now === signature) return;
    signature = now;
    element.replaceChildren(...(await parts(trace, found)));
  }

  function refresh() {
    clearTimeout(later);
    later = setTimeout(() => load().catch(() => undefined), Math.max(0, last + AGAIN_MS - Date.now()));
  }

  load().catch((error) => element.replaceChildren(back(), h("p", { class: "bad" }, error.message)));
  return { element, refresh, close: () => clearTimeout(later) };
}

function back() {
  return h("p", {}, h("a", { href: "#/requests" }, "← all requests"));
}

/** @param {any} trace @param {Payload[]} found @returns {Promise<HTMLElement[]>} */
async function parts(trace, found) {
  const event = found.find((payload) => payload.role === "event");
  const eventText = event ? await bodyOf(event.id) : "";
  const photo = photoIn(eventText);
  const faces = await facesOf(found);
  const title = photo?.fileName || trace.names[0] || trace.identifier;
  const state = trace.failed
    ? h("span", { class: "bad" }, "failed")
    : trace.complete
      ? h("span", { class: "good" }, "complete")
      : h("span", { class: "wait" }, "under way");
  const head = h(
    "div",
    { class: "bar" },
    h("h1", {}, title),
    state,
    h(
      "span",
      { class: "quiet" },
      `${timeOfDay(trace.start_ms)} · ${duration(trace.duration_ms)} · ${trace.names.join(", ") || trace.identifier}`,
    ),
  );
  const pictures = photo ? [h("div", { class: "two" }, photoWith(photo.content, faces), facesList(faces))] : [];
  return [
    back(),
    head,
    ...why(trace),
    event ? actions(event, photo) : h("p", { class: "quiet" }, "The photo is not kept any more."),
    ...pictures,
    h("h2", {}, "Where the time went"),
    waterfall(trace),
    h("h2", {}, "Input and output"),
    ...found.map(payloadOf),
    h("h2", {}, "Log"),
    log(trace.lines),
  ];
}

/** @param {any} trace */
function why(trace) {
  const reasons = [
    ...new Set(
      trace.spans
        .filter((/** @type {any} */ span) => span.failed && span.note)
        .map((/** @type {any} */ span) => span.note),
    ),
  ];
  if (!reasons.length) return [];
  const intro = trace.failed ? "Why it failed" : "What went wrong on the way";
  return [
    h(
      "div",
      { class: "card" },
      h("strong", { class: trace.failed ? "bad" : "wait" }, intro),
      ...reasons.map((reason) => h("p", {}, String(reason))),
    ),
  ];
}

/**
 * Returns the faces that detection found, with the names that recognition gave them: both go from left to right.
 * @param {Payload[]} found
 * @returns {Promise<Face[]>}
 */
async function facesOf(found) {
  /** @type {Face[]} */
  let detected = [];
  /** @type {Face[]} */
  let named = [];
  for (const payload of found.filter(({ role }) => role === "message")) {
    named = namedFaces(payload.attributes) ?? named;
    if (!payload.attributes.faces) detected = facesIn(await bodyOf(payload.id)) ?? detected;
  }
  if (!detected.length) return named;
  return detected.map((face, place) => ({ ...face, ...named[place], image: face.image }));
}

/** @param {string} content base64 @param {Face[]} faces */
function photoWith(content, faces) {
  const image = h("img", { src: pictureOf(content), alt: `The photo, with ${faces.length} faces` });
  const frame = h("div", { class: "photo" }, image);
  image.addEventListener("load", () => {
    const [width, height] = [image.naturalWidth, image.naturalHeight];
    const marks = faces.flatMap((face) => {
      const [left, top, right, bottom] = face.box;
      const known = face.name && face.name !== "unknown";
      return [
        svg("rect", {
          class: known ? "box" : "box unknown",
          x: left,
          y: top,
          width: right - left,
          height: bottom - top,
        }),
        svg(
          "text",
          { class: "box-name", x: left, y: Math.max(top - height * 0.01, height * 0.035), "font-size": height * 0.035 },
          face.name ?? "",
        ),
      ];
    });
    frame.append(svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...marks));
  });
  return frame;
}

/** @param {Face[]} faces */
function facesList(faces) {
  if (!faces.length) return h("p", { class: "quiet" }, "No face is known of yet.");
  const cards = faces.map((face) =>
    h(
      "div",
      {},
      face.image
        ? h("img", { class: "crop", src: pictureOf(face.image), alt: `The face of ${face.name ?? "somebody"}` })
        : null,
      h("strong", {}, face.name ?? ""),
      h("br"),
      h(
        "small",
        { class: "quiet" },
        typeof face.distance === "number" ? `distance ${face.distance.toFixed(2)}` : "no distance",
      ),
    ),
  );
  return h("div", { class: "faces" }, ...cards);
}

/** @param {Payload} event @param {{requestId: string} | undefined} photo */
function actions(event, photo) {
  const said = h("span", { role: "status", class: "quiet" });
  const body = `${location.origin}/payloads/${event.id}?part=body`;

  async function url() {
    const found = (await urls()).get(event.place);
    if (!found) throw new Error(`${event.place} has no function URL`);
    return found;
  }

  async function again() {
    try {
      const sent = await (await fetch(body)).text();
      const copy = photo ? JSON.stringify({ ...JSON.parse(sent), request_id: crypto.randomUUID() }) : sent;
      const response = await fetch(await url(), { method: "POST", body: copy });
      said.replaceChildren(
        `the URL answered ${response.status}; `,
        h("a", { href: "#/requests" }, "the new request is first in the list"),
      );
    } catch (error) {
      said.textContent = /** @type {Error} */ (error).message;
    }
  }

  async function copy() {
    try {
      await navigator.clipboard.writeText(
        `curl -s '${body}' | curl -sS -H 'Content-Type: application/json' --data-binary @- '${await url()}'`,
      );
      said.textContent = "copied: it sends the same body again";
    } catch (error) {
      said.textContent = /** @type {Error} */ (error).message;
    }
  }

  return h(
    "div",
    { class: "bar" },
    h("button", { onclick: again }, "Send again"),
    h("button", { onclick: copy }, "Copy as curl"),
    said,
  );
}

/** @param {any} trace */
function waterfall(trace) {
  const whole = Math.max(1, trace.duration_ms);
  const rows = trace.spans.map((/** @type {any} */ span) => {
    const from = ((span.start_ms - trace.start_ms) / whole) * 1000;
    const length = Math.max(4, ((span.end_ms - span.start_ms) / whole) * 1000);
    const sort = span.failed
      ? "failed"
      : span.is_part
        ? "part"
        : span.name.startsWith("in ") || span.name.startsWith("waiting")
          ? "queue"
          : "";
    const bar = svg(
      "svg",
      { viewBox: "0 0 1000 12", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", {
        class: `span ${sort}`,
        x: Math.min(from, 996),
        y: 1,
        width: Math.min(length, 1000 - Math.min(from, 996)),
        height: 10,
      }),
    );
    const took = span.end_ms - span.start_ms;
    return h(
      "tr",
      {},
      h("td", { class: "number" }, `${Math.round(span.start_ms - trace.start_ms)} ms`),
      h("td", {}, span.is_part ? "  " : "", span.name),
      h("td", { class: "track" }, bar),
      h("td", { class: "number" }, took >= 0.5 ? duration(took) : ""),
      h("td", { class: span.failed ? "bad" : "quiet" }, span.note),
    );
  });
  return h(
    "div",
    { class: "scroll" },
    h("table", { class: "waterfall", "aria-label": "Where the time went" }, h("tbody", {}, ...rows)),
  );
}

/** @param {Payload} payload */
function payloadOf(payload) {
  /** @type {Record<string, string>} */
  const titles = {
    event: `${payload.place} was given`,
    answer: `${payload.place} returned`,
    message: `sent to ${payload.place}`,
  };
  const text = h("pre", {}, "loading …");
  const details = h(
    "details",
    {},
    h(
      "summary",
      {},
      titles[payload.role],
      " ",
      h("small", { class: "quiet" }, `${payload.size.toLocaleString()} bytes`),
    ),
  );
  details.addEventListener("toggle", async () => {
    if (!details.open) return;
    const attributes = Object.keys(payload.attributes).length ? `${JSON.stringify(payload.attributes, null, 2)}\n` : "";
    text.textContent = attributes + readable(await bodyOf(payload.id));
  });
  details.append(text);
  return details;
}

/** @param {any[]} lines */
function log(lines) {
  if (!lines.length) return h("p", { class: "quiet" }, "The functions wrote nothing about it.");
  return table(
    ["time", "function", "line"],
    lines
      .slice(-LINES)
      .map((line) => [
        timeOfDay(line.at_ms),
        line.function,
        h("pre", { class: line.is_error ? "bad" : "" }, line.text),
      ]),
    "What the functions wrote",
  );
}
