// Makes requests of the journal's entries: which steps belong together, and how a request stands.

/** @typedef {import("./server.js").Entry} Entry */

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {"call" | "queue"} sort
 * @property {number} from
 * @property {number} to
 * @property {boolean} failed
 */

/** @param {string} body of a message @returns {string} the names in a result of this application's contract */
function resultIn(body) {
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
    this.from = Infinity;
    this.to = 0;
    /** @type {Map<string, Step>} */
    this.steps = new Map();
    /** @type {Map<string, string>} the last step of each message */
    this.messages = new Map();
    /** @type {number[]} */
    this.statuses = [];
    /** @type {Set<string>} Lambda's request ids */
    this.invocations = new Set();
    this.dead = false;
    this.trace = "";
    /** @type {string} URL of a small picture, once it was asked for */
    this.thumbnail = "";
    this.asked = false;
  }

  /** @returns {"failed" | "waiting" | "running" | "done"} */
  get state() {
    const refused = this.statuses.length > 0 && Math.min(...this.statuses) >= 400;
    const failedCall = !this.statuses.length && [...this.steps.values()].at(-1)?.failed && !this.messages.size;
    if (this.dead || refused || failedCall) return "failed";
    const open = [...this.messages.values()];
    if (open.includes("returned")) return "waiting";
    const running = [...this.steps.values()].some((step) => step.sort === "call" && !step.to);
    if (running || open.some((kind) => kind === "received" || kind === "batched")) return "running";
    return this.result || !this.statuses.length || open.length ? "done" : "running";
  }

  get duration() {
    return Math.max(0, this.to - this.from);
  }
}

export class Requests {
  constructor() {
    /** @type {Map<string, PipelineRequest>} newest last */
    this.all = new Map();
    /** @type {Map<string, PipelineRequest>} by trace, message, invocation and name, with a letter before each */
    this.index = new Map();
    /** @type {Map<string, {from: number, to: number, failed: boolean, why: string, name: string}>} by Lambda's id */
    this.calls = new Map();
    /** @type {Map<string, Set<PipelineRequest>>} the requests of a batch, by Lambda's id */
    this.batches = new Map();
  }

  /** @param {Entry[]} entries in order of time */
  take(entries) {
    for (const entry of entries) this.#take(entry);
  }

  /** @param {string} key */
  find(key) {
    return this.all.get(key) ?? this.index.get(`n${key}`) ?? this.index.get(`t${key}`) ?? this.index.get(`i${key}`);
  }

  /** @param {Entry} entry */
  #take(entry) {
    const detail = entry.detail ?? {};
    if (entry.kind === "invoked" || entry.kind === "ended") this.#call(entry, detail);
    if (["environment ready", "environment ended"].includes(entry.kind)) return;
    const request = this.#requestOf(entry);
    if (!request) return;
    request.from = Math.min(request.from, entry.at_ms);
    request.to = Math.max(request.to, entry.at_ms);
    if (entry.name) this.#name(request, entry.name);
    this.#step(request, entry, detail);
  }

  /** @param {PipelineRequest} request @param {Entry} entry @param {Record<string, any>} detail */
  #step(request, entry, detail) {
    const message = entry.message_id ?? "";
    switch (entry.kind) {
      case "responded":
        request.statuses.push(detail.status);
        if (detail.reason) request.why = `${detail.status} ${sentence(detail.reason)}`;
        break;
      case "throttled":
        request.why = detail.reason ?? "";
        break;
      case "sent":
        if (detail.body) request.result = resultIn(detail.body) || request.result;
        break;
      case "received":
        request.messages.set(message, "received");
        request.from = Math.min(request.from, detail.sent_ms || entry.at_ms);
        request.steps.set(`${message}${detail.receive_count}`, {
          name: `in ${detail.queue}`,
          sort: "queue",
          from: detail.sent_ms || entry.at_ms,
          to: entry.at_ms,
          failed: false,
        });
        break;
      case "batched":
        request.messages.set(message, "batched");
        this.#join(request, entry.request_id ?? "");
        break;
      case "returned":
      case "dead-lettered":
        request.messages.set(message, entry.kind);
        request.dead ||= entry.kind === "dead-lettered";
        request.why = detail.reason ?? "";
        break;
      case "deleted":
      case "filtered":
      case "collected":
        request.messages.set(message, entry.kind);
        break;
    }
  }

  /** Notes a call for all requests that it serves. @param {Entry} entry @param {Record<string, any>} detail */
  #call(entry, detail) {
    const id = entry.request_id ?? "";
    const failed = entry.kind === "ended" && detail.outcome !== "success";
    const known = this.calls.get(id);
    const from = known?.from ?? entry.at_ms - (detail.duration_ms ?? 0);
    const to = entry.kind === "ended" ? entry.at_ms : 0;
    this.calls.set(id, {
      from,
      to,
      failed,
      why: failed ? `${detail.outcome}: ${detail.reason ?? ""}` : "",
      name: entry.function ?? "",
    });
    for (const request of this.batches.get(id) ?? []) this.#showCall(request, id);
  }

  /** @param {PipelineRequest} request @param {string} id Lambda's */
  #join(request, id) {
    request.invocations.add(id);
    const served = this.batches.get(id) ?? new Set();
    served.add(request);
    this.batches.set(id, served);
    this.index.set(`i${id}`, request);
    this.#showCall(request, id);
  }

  /** @param {PipelineRequest} request @param {string} id Lambda's */
  #showCall(request, id) {
    const call = this.calls.get(id);
    if (!call) return;
    request.steps.set(id, { name: call.name, sort: "call", from: call.from, to: call.to, failed: call.failed });
    request.to = Math.max(request.to, call.to);
    if (call.why) request.why = call.why;
  }

  /** @param {Entry} entry @returns {PipelineRequest | undefined} */
  #requestOf(entry) {
    const ofMessage = entry.message_id && this.index.get(`m${entry.message_id}`);
    const batch =
      entry.kind === "invoked" || entry.kind === "ended" ? this.batches.get(entry.request_id ?? "") : undefined;
    if (batch) return [...batch][0];
    const found =
      ofMessage ||
      (entry.trace_id && this.index.get(`t${entry.trace_id}`)) ||
      (entry.request_id && this.index.get(`i${entry.request_id}`)) ||
      (entry.name && this.#latestNamed(entry));
    const request = found || this.#add(entry);
    if (entry.trace_id && !request.trace) {
      request.trace = entry.trace_id;
      this.index.set(`t${entry.trace_id}`, request);
    }
    if (entry.message_id) this.index.set(`m${entry.message_id}`, request);
    if (entry.request_id && entry.kind !== "batched" && !request.invocations.has(entry.request_id))
      this.#join(request, entry.request_id);
    return request;
  }

  /** A message without a trace belongs to the request of its name. @param {Entry} entry */
  #latestNamed(entry) {
    return entry.message_id ? this.index.get(`n${entry.name}`) : undefined;
  }

  /** @param {Entry} entry */
  #add(entry) {
    const request = new PipelineRequest(entry.trace_id || entry.message_id || entry.request_id || entry.name || "");
    this.all.set(request.key, request);
    return request;
  }

  /** @param {PipelineRequest} request @param {string} name */
  #name(request, name) {
    request.name = name;
    this.index.set(`n${name}`, request);
  }
}
