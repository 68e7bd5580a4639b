// Makes requests of the journal's entries: which entries belong to one request. It keeps the newest requests only.

import { PipelineRequest } from "./request.js";

/** @typedef {import("./server.js").Entry} Entry */
/** @typedef {{from: number, to: number, failed: boolean, why: string, name: string}} Call */

export const MOST_REQUESTS = 10_000;
const SPARE = 500; // so many more are kept before the oldest are forgotten: sorting takes its time
const OF_ENVIRONMENTS = ["environment ready", "environment ended"];

export class Requests {
  /** @param {number} [most] */
  constructor(most = MOST_REQUESTS) {
    this.most = most;
    /** @type {Map<string, PipelineRequest>} */
    this.all = new Map();
    /** @type {Map<string, PipelineRequest>} by trace, message, invocation and name, with a letter before each */
    this.index = new Map();
    /** @type {Map<string, Call>} by Lambda's id */
    this.calls = new Map();
    /** @type {Map<string, Set<PipelineRequest>>} the requests of a batch, by Lambda's id */
    this.batches = new Map();
  }

  get isFull() {
    return this.all.size >= this.most;
  }

  /**
   * Takes entries: new ones, or those before all that were taken.
   * @param {Entry[]} entries in order of time
   * @returns {Set<PipelineRequest>} the requests that they are of
   */
  take(entries) {
    /** @type {Set<PipelineRequest>} */
    const changed = new Set();
    for (const entry of entries) this.#take(entry, changed);
    if (this.all.size > this.most + SPARE) this.#forgetOldest();
    return changed;
  }

  /** Forgets everything, because entries may have been missed. */
  clear() {
    for (const known of [this.all, this.index, this.calls, this.batches]) known.clear();
  }

  /** @param {string} key */
  find(key) {
    const all = [this.all.get(key), ...["n", "t", "i", "m"].map((letter) => this.index.get(`${letter}${key}`))];
    return all.find(Boolean);
  }

  /** @param {Entry} entry @param {Set<PipelineRequest>} changed */
  #take(entry, changed) {
    if (OF_ENVIRONMENTS.includes(entry.kind)) return;
    if (entry.kind === "invoked" || entry.kind === "ended") {
      for (const request of this.#call(entry)) changed.add(request);
    }
    const request = this.#requestOf(entry);
    if (entry.name) {
      request.name = entry.name;
      this.#find(request, `n${entry.name}`);
    }
    request.note(entry);
    if (entry.kind === "batched") this.#join(request, entry.request_id ?? "");
    changed.add(request);
  }

  /** Notes a call for all requests that it serves. @param {Entry} entry @returns {Set<PipelineRequest>} */
  #call(entry) {
    const detail = entry.detail ?? {};
    const [id, ended] = [entry.request_id ?? "", entry.kind === "ended"];
    const known = this.calls.get(id);
    const failed = ended ? detail.outcome !== "success" : (known?.failed ?? false);
    this.calls.set(id, {
      from: ended ? (known?.from ?? entry.at_ms - (detail.duration_ms ?? 0)) : entry.at_ms,
      to: ended ? entry.at_ms : (known?.to ?? 0),
      failed,
      why: ended && failed ? `${detail.outcome}: ${detail.reason ?? ""}` : (known?.why ?? ""),
      name: entry.function ?? "",
    });
    const served = this.batches.get(id) ?? new Set();
    for (const request of served) this.#showCall(request, id);
    return served;
  }

  /** @param {PipelineRequest} request @param {string} id Lambda's */
  #join(request, id) {
    request.invocations.add(id);
    const served = this.batches.get(id) ?? new Set();
    served.add(request);
    this.batches.set(id, served);
    this.#find(request, `i${id}`);
    this.#showCall(request, id);
  }

  /** @param {PipelineRequest} request @param {string} id Lambda's */
  #showCall(request, id) {
    const call = this.calls.get(id);
    if (!call) return;
    request.steps.set(id, { name: call.name, sort: "call", from: call.from, to: call.to, failed: call.failed });
    request.to = Math.max(request.to, call.to);
    request.say(call.why, call.to);
  }

  /** @param {Entry} entry @returns {PipelineRequest} */
  #requestOf(entry) {
    const isCall = entry.kind === "invoked" || entry.kind === "ended";
    const batch = isCall ? this.batches.get(entry.request_id ?? "") : undefined;
    if (batch) return [...batch][0];
    const request =
      (entry.message_id && this.index.get(`m${entry.message_id}`)) ||
      (entry.trace_id && this.index.get(`t${entry.trace_id}`)) ||
      (entry.request_id && this.index.get(`i${entry.request_id}`)) ||
      (entry.name && entry.message_id && this.index.get(`n${entry.name}`)) || // a message without a trace
      this.#add(entry);
    if (entry.trace_id && !request.trace) {
      request.trace = entry.trace_id;
      this.#find(request, `t${entry.trace_id}`);
    }
    if (entry.message_id) this.#find(request, `m${entry.message_id}`);
    if (entry.request_id && entry.kind !== "batched" && !request.invocations.has(entry.request_id))
      this.#join(request, entry.request_id);
    return request;
  }

  /** @param {Entry} entry */
  #add(entry) {
    const request = new PipelineRequest(entry.trace_id || entry.message_id || entry.request_id || entry.name || "");
    this.all.set(request.key, request);
    return request;
  }

  /** Lets a request be found. @param {PipelineRequest} request @param {string} key with a letter before it */
  #find(request, key) {
    this.index.set(key, request);
    request.keys.add(key);
  }

  #forgetOldest() {
    const oldest = [...this.all.values()].sort((one, other) => other.to - one.to).slice(this.most);
    for (const request of oldest) {
      this.all.delete(request.key);
      for (const key of request.keys) if (this.index.get(key) === request) this.index.delete(key);
      for (const id of request.invocations) this.#leave(request, id);
    }
    const surplus = this.calls.size - 4 * this.most; // of calls without a request
    for (const id of [...this.calls.keys()].slice(0, Math.max(0, surplus))) this.calls.delete(id);
  }

  /** @param {PipelineRequest} request @param {string} id Lambda's */
  #leave(request, id) {
    const served = this.batches.get(id);
    served?.delete(request);
    if (served?.size) return;
    this.batches.delete(id);
    this.calls.delete(id);
  }
}
