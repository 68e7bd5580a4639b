// One request: its steps, and how it stands. Its entries may come in any order, because older ones are loaded later.

/** @typedef {import("./server.js").Entry} Entry */

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {"call" | "queue"} sort
 * @property {number} from
 * @property {number} to 0 while it lasts
 * @property {boolean} failed
 */

/** @param {string} body of a message @returns {string} the names in a result of this application's contract */
export function resultIn(body) {
  try {
    const { result } = JSON.parse(body);
    return typeof result === "string" ? result : "";
  } catch {
    return "";
  }
}

/** @param {string} reason @returns {string} the sentence in a function's JSON answer, or the whole */
function sentence(reason) {
  try {
    const { error } = JSON.parse(reason);
    return typeof error === "string" ? error : reason;
  } catch {
    return reason;
  }
}

export class PipelineRequest {
  /** @param {string} key */
  constructor(key) {
    this.key = key;
    this.name = "";
    this.fileName = "";
    this.result = "";
    this.why = "";
    this.whyAt = 0;
    this.from = Infinity;
    this.to = 0;
    /** @type {Map<string, Step>} */
    this.steps = new Map();
    /** @type {Map<string, {kind: string, at: number}>} the last step of each message */
    this.messages = new Map();
    /** @type {number[]} */
    this.statuses = [];
    /** @type {Set<string>} Lambda's request ids */
    this.invocations = new Set();
    /** @type {Set<string>} by what the request is found, see `Requests` */
    this.keys = new Set();
    this.dead = false;
    this.trace = "";
    this.thumbnail = ""; // URL of a small picture, once it was asked for
    this.asked = false;
  }

  /** @returns {"failed" | "waiting" | "running" | "done"} */
  get state() {
    const refused = this.statuses.length > 0 && Math.min(...this.statuses) >= 400;
    const failedCall = !this.statuses.length && !this.messages.size && this.#lastCall?.failed;
    if (this.dead || refused || failedCall) return "failed";
    const open = [...this.messages.values()].map((message) => message.kind);
    if (open.includes("returned")) return "waiting";
    const running = [...this.steps.values()].some((step) => step.sort === "call" && !step.to);
    if (running || open.some((kind) => kind === "received" || kind === "batched")) return "running";
    return this.result || !this.statuses.length || open.length ? "done" : "running";
  }

  get #lastCall() {
    return [...this.steps.values()].sort((one, other) => one.from - other.from).at(-1);
  }

  get duration() {
    return Math.max(0, this.to - this.from);
  }

  /** @param {Entry} entry of this request */
  note(entry) {
    const detail = entry.detail ?? {};
    const began = entry.kind === "received" && detail.sent_ms ? detail.sent_ms : entry.at_ms;
    this.from = Math.min(this.from, began);
    this.to = Math.max(this.to, entry.at_ms);
    this.fileName ||= typeof detail.filename === "string" ? detail.filename : "";
    if (entry.kind === "responded") {
      this.statuses.push(detail.status);
      if (detail.reason) this.say(`${detail.status} ${sentence(detail.reason)}`, entry.at_ms);
    } else if (entry.kind === "throttled") this.say(detail.reason, entry.at_ms);
    else if (entry.kind === "sent") this.result = resultIn(detail.body ?? "") || this.result;
    else if (entry.message_id) this.#noteMessage(entry.message_id, entry, detail);
  }

  /** @param {string} message @param {Entry} entry @param {Record<string, any>} detail */
  #noteMessage(message, entry, detail) {
    if (entry.at_ms >= (this.messages.get(message)?.at ?? 0)) {
      this.messages.set(message, { kind: entry.kind, at: entry.at_ms });
    }
    const [name, key] = [`in ${detail.queue}`, `${message}${detail.receive_count}`];
    const from = detail.sent_ms || entry.at_ms;
    if (entry.kind === "received") this.steps.set(key, { name, sort: "queue", from, to: entry.at_ms, failed: false });
    if (entry.kind === "returned" || entry.kind === "dead-lettered") this.say(detail.reason, entry.at_ms);
    this.dead = [...this.messages.values()].some(({ kind }) => kind === "dead-lettered");
  }

  /** Says why it failed; the latest reason counts. @param {string | undefined} why @param {number} at */
  say(why, at) {
    if (why && at >= this.whyAt) [this.why, this.whyAt] = [why, at];
  }
}
