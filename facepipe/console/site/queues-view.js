// The queues: how full they are, what is in them, and dead letters with their way back.

import { addressOf } from "./address.js";
import { duration, h, readable, table } from "./dom.js";
import { facesIn, pictureOf } from "./pictures.js";
import { change, get, sqs } from "./server.js";

const AGAIN_MS = 2000;
const MESSAGES = 50;

/** @param {string} chosen the name of the queue to look into; empty for the overview */
export function queuesView(chosen) {
  const body = h("div", {}, h("p", { class: "quiet" }, "loading …"));
  const said = h("p", { role: "status", class: "quiet" });
  const element = h("section", {}, h("h1", {}, chosen ? `Queue ${chosen}` : "Queues"), said, body);
  let shown = "";

  async function load() {
    const content = chosen ? await messages() : await overview();
    if (content.signature === shown) return;
    shown = content.signature;
    body.replaceChildren(...content.parts());
  }

  /** @param {() => Promise<any>} work @param {string} done */
  async function act(work, done) {
    try {
      await work();
      said.textContent = done;
      shown = "";
      await load();
    } catch (error) {
      said.textContent = /** @type {Error} */ (error).message;
    }
  }

  async function overview() {
    const [health, ages] = await Promise.all([get("/health"), get("/queues").catch(() => ({ oldest_s: {} }))]);
    const rows = Object.entries(health.queues).map(([name, depth]) => {
      const age = ages.oldest_s[name];
      const waiting = depth.visible + depth.delayed;
      const buttons = h(
        "span",
        { class: "bar" },
        h(
          "button",
          {
            onclick: () =>
              act(
                () => change("POST", `/queues/${encodeURIComponent(name)}/replay`),
                "sent back what has a queue to go to",
              ),
          },
          "Replay all",
        ),
        h(
          "button",
          {
            onclick: () =>
              confirm(`Delete all messages of ${name}?`) &&
              act(() => sqs("PurgeQueue", { QueueUrl: name }), `${name} is empty`),
          },
          "Purge",
        ),
      );
      return [
        h("a", { href: addressOf("queues", name) }, name),
        waiting,
        depth.in_flight,
        age ? duration(age * 1000) : "",
        buttons,
      ];
    });
    return {
      signature: JSON.stringify([health.queues, Object.keys(ages.oldest_s)]),
      parts: () => [table(["queue", "waiting", "in flight", "oldest", ""], rows, "The queues")],
    };
  }

  async function messages() {
    const found = await get(`/queues/${encodeURIComponent(chosen)}/messages?limit=${MESSAGES}`);
    const parts = () => [
      h(
        "p",
        {},
        h("a", { href: "#/queues" }, "← all queues"),
        ` ${found.count} messages; looking at them does not receive them`,
      ),
      ...found.messages.map((/** @type {any} */ message) => card(message, found.now)),
    ];
    return {
      signature:
        JSON.stringify(found.messages.map((/** @type {any} */ message) => [message.id, message.received])) +
        found.count,
      parts,
    };
  }

  /** @param {any} message @param {number} now */
  function card(message, now) {
    const faces = facesIn(message.body) ?? [];
    const crops = faces
      .filter((face) => face.image)
      .map((face) => h("img", { class: "crop", src: pictureOf(String(face.image)), alt: "A face in this message" }));
    const url = `/queues/${encodeURIComponent(chosen)}/messages/${encodeURIComponent(message.id)}`;
    return h(
      "div",
      { class: "card" },
      h(
        "div",
        { class: "bar" },
        h("code", {}, message.id),
        h(
          "span",
          { class: "quiet" },
          `sent ${duration((now - message.sent_at) * 1000)} ago, received ${message.received} times`,
        ),
        h("a", { href: addressOf("requests", message.id) }, "its request"),
        h("button", { onclick: () => act(() => change("POST", `${url}/replay`), "sent back") }, "Replay"),
        h("button", { onclick: () => act(() => change("DELETE", url), "deleted") }, "Delete"),
      ),
      h("div", { class: "faces" }, ...crops),
      h("details", {}, h("summary", {}, "Body"), h("pre", {}, readable(message.body))),
    );
  }

  const failed = (/** @type {Error} */ error) => body.replaceChildren(h("p", { class: "bad" }, error.message));
  load().catch(failed);
  const timer = setInterval(() => document.hidden || load().catch(failed), AGAIN_MS);
  return { element, close: () => clearInterval(timer) };
}
