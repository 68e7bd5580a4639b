// The messages of one queue. Dead letters are shown with the reason, and can be sent back.

import { addressOf } from "./address.js";
import { duration, h, readable } from "./dom.js";
import { openDesk } from "./message-desk.js";
import { facesIn, pictureOf } from "./pictures.js";
import { get } from "./server.js";

/** @typedef {import("./message-desk.js").Message} Message */

const AGAIN_MS = 2000;

/** @param {string} queue @param {import("./requests.js").Requests} requests */
export function messagesView(queue, requests) {
  const said = h("p", { role: "status", class: "quiet" });
  const count = h("span", {});
  const again = h("button", { onclick: () => load().catch(tell), hidden: true }, "Look again");
  const body = h("div", {}, h("p", { class: "quiet" }, "loading …"));
  const head = h("p", { class: "bar" }, h("a", { href: addressOf("queues") }, "← all queues"), count, again);
  const element = h("section", {}, h("h1", {}, `Queue ${queue}`), head, said, body);
  const opened = openDesk(queue);
  let shown = "";
  let timer = 0;
  let closed = false;

  async function load() {
    const desk = await opened;
    const found = await desk.look();
    count.textContent = `${found.count} ${found.count === 1 ? "message" : "messages"}; ${found.remark}`;
    again.hidden = desk.isPassive;
    const signature = JSON.stringify(found.messages.map((message) => [message.id, message.received]));
    if (signature === shown && desk.isPassive) return;
    shown = signature;
    body.replaceChildren(...found.messages.map((message) => card(message, found.now)));
  }

  /** @param {any} error */
  function tell(error) {
    said.textContent = "";
    body.replaceChildren(h("p", { class: "bad" }, error.message));
  }

  /** @param {HTMLElement} element of the message @param {() => Promise<any>} work @param {string} done */
  async function act(element, work, done) {
    try {
      await work();
      said.textContent = done;
      element.remove();
      if ((await opened).isPassive) await load();
    } catch (error) {
      said.textContent = /** @type {Error} */ (error).message;
    }
  }

  /** @param {Message} message @param {number} now in seconds since 1970 */
  function card(message, now) {
    const faces = (facesIn(message.body) ?? []).filter((face) => face.image);
    const crops = faces.map((face) =>
      h("img", { class: "crop", src: pictureOf(String(face.image)), alt: "A face in this message" }),
    );
    const times = message.received === 1 ? "once" : `${message.received} times`;
    const why = h("p", { class: "bad" });
    const element = h("div", { class: "card message" });
    const replay = async () => act(element, async () => (await opened).replay(message.id), "sent back");
    const remove = async () => act(element, async () => (await opened).remove(message.id), "deleted");
    if (message.received)
      reasonOf(message.id, requests).then(
        (text) => {
          why.textContent = text;
        },
        () => undefined,
      );
    element.append(
      h(
        "div",
        { class: "bar" },
        h("code", {}, message.id),
        h("span", { class: "quiet" }, `sent ${duration((now - message.sent_at) * 1000)} ago, received ${times}`),
        h("a", { href: addressOf("requests", message.id) }, "its request"),
        h("button", { onclick: replay }, "Replay"),
        h("button", { onclick: remove }, "Delete"),
      ),
      why,
      h("div", { class: "faces" }, ...crops),
      h("details", {}, h("summary", {}, "Body"), h("pre", {}, readable(message.body))),
    );
    return element;
  }

  load().catch(tell);
  opened.then((desk) => {
    if (desk.isPassive && !closed) timer = setInterval(() => document.hidden || load().catch(tell), AGAIN_MS);
  }, tell);
  return {
    element,
    close() {
      closed = true;
      clearInterval(timer);
    },
  };
}

/** @param {string} message @param {import("./requests.js").Requests} requests @returns {Promise<string>} why it failed */
async function reasonOf(message, requests) {
  return requests.find(message)?.why || (await get(`/trace/${encodeURIComponent(message)}`)).why;
}
