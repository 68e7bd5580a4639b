// One request: the photo with boxes and names, its way through the pipeline, and every step's input and output.

import { photoWith } from "./boxes.js";
import { duration, h, timeOfDay } from "./dom.js";
import { faceCards } from "./face-cards.js";
import { log, PayloadList } from "./payload-list.js";
import { bodyOf, facesOf, payloads, photoIn } from "./pictures.js";
import { get, urls } from "./server.js";
import { waterfall } from "./waterfall.js";

/** @typedef {import("./pictures.js").Face} Face */
/** @typedef {import("./pictures.js").Payload} Payload */

const AGAIN_MS = 1000;
const LATER_MS = 1500; // after a step, what the function has written may still be on its way

/**
 * Shows one request. It asks again when this request has made a step, and once more shortly after.
 * @param {string} key of the request
 * @param {import("./requests.js").Requests} requests
 */
export function requestView(key, requests) {
  const element = h("section", {}, h("p", { class: "quiet" }, "loading …"));
  const list = new PayloadList();
  let keys = [key];
  let last = 0;
  let signature = "";
  let later = 0;

  const find = () => keys.map((each) => requests.find(each)).find(Boolean);

  async function load() {
    last = Date.now();
    const trace = await get(`/trace/${encodeURIComponent(find()?.trace || key)}`);
    keys = [...trace.ids.traces, ...trace.messages, key];
    const found = await payloads([...trace.ids.requests, ...trace.messages], trace.ids.traces, trace.names).catch(
      () => [],
    );
    const now = JSON.stringify([trace.spans.length, trace.lines.length, trace.complete, trace.failed, found.length]);
    if (now === signature) return;
    signature = now;
    element.replaceChildren(...(await parts(trace, found, list)));
  }

  /** @param {number} pause @param {boolean} again */
  function loadAfter(pause, again) {
    clearTimeout(later);
    later = setTimeout(async () => {
      await load().catch(() => undefined);
      if (again) loadAfter(LATER_MS, false);
    }, pause);
  }

  /** @param {Set<import("./request.js").PipelineRequest>} changed */
  function refresh(changed) {
    const own = find();
    if (own && changed.has(own)) loadAfter(Math.max(0, last + AGAIN_MS - Date.now()), true);
  }

  load().catch((error) => element.replaceChildren(back(), h("p", { class: "bad" }, error.message)));
  return { element, refresh, close: () => clearTimeout(later) };
}

function back() {
  return h("p", {}, h("a", { href: "#/requests" }, "← all requests"));
}

/** @param {any} trace @param {Payload[]} found @param {PayloadList} list @returns {Promise<HTMLElement[]>} */
async function parts(trace, found, list) {
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
  const times = [h("h2", {}, "Where the time went"), waterfall(trace)];
  const beside = photo ? h("div", {}, faceCards(faces, photo.fileName), ...times) : null;
  const pictures = photo ? [h("div", { class: "two" }, photoWith(photo.content, faces), beside)] : times;
  return [
    back(),
    head,
    ...why(trace),
    event ? actions(event, photo) : h("p", { class: "quiet" }, "The photo is not kept any more."),
    ...pictures,
    h("h2", {}, "Input and output"),
    ...list.elements(found),
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
