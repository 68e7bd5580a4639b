// How many messages came to each queue, and left it, in the last quarter of an hour, by the journal.

import { SPAN_MS } from "./charts.js";

/** @typedef {import("./server.js").Entry} Entry */
/** @typedef {{came: Map<string, number>, left: Map<string, number>}} Times by message, in milliseconds since 1970 */

const MOST = 20_000; // messages of a queue
const LEAVES = ["deleted", "filtered", "dead-lettered", "collected"];

export class QueueRates {
  constructor() {
    /** @type {Map<string, Times>} */
    this.queues = new Map();
  }

  /** @param {string} queue @returns {Times} */
  of(queue) {
    const times = this.queues.get(queue) ?? { came: new Map(), left: new Map() };
    this.queues.set(queue, times);
    return times;
  }

  /** @param {Entry[]} entries */
  take(entries) {
    for (const { kind, message_id: message, at_ms: at, detail } of entries) {
      if (!message || !detail?.queue) continue;
      const { came, left } = this.of(detail.queue);
      if (kind === "sent") note(came, message, at);
      else if (detail.sent_ms) note(came, message, detail.sent_ms); // of a message that came before this page was open
      if (LEAVES.includes(kind)) note(left, message, at);
    }
  }
}

/** @param {Map<string, number>} times @param {string} message @param {number} at */
function note(times, message, at) {
  if (!times.has(message)) times.set(message, at);
  const earliest = Date.now() - SPAN_MS;
  for (const [oldest, then] of times) {
    if (then > earliest && times.size <= MOST) break;
    times.delete(oldest);
  }
}

/** @param {Map<string, number>} times @returns {number} of the last minute */
export function inLastMinute(times) {
  const since = Date.now() - 60_000;
  return [...times.values()].filter((at) => at > since).length;
}
