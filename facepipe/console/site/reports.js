// Lambda's REPORT lines: the figures of a function's last calls, as its log has them.

import { get } from "./server.js";

/**
 * @typedef {object} Report
 * @property {string} requestId
 * @property {number} at_ms
 * @property {string} duration
 * @property {string} billed
 * @property {string} memory used, of what there is
 * @property {string} init empty without a cold start
 * @property {string} status empty after a success
 */

const SINCE_S = 900;

/**
 * @param {string} name of the function
 * @param {boolean} json whether it logs in JSON
 * @param {number} limit
 * @returns {Promise<Report[]>} newest first
 */
export async function lastReports(name, json, limit) {
  const words = json ? "platform.report" : "REPORT RequestId"; // in the line
  const query = new URLSearchParams({ function: name, request_id: words, since_s: `${SINCE_S}`, limit: `${limit}` });
  const { lines } = await get(`/logs?${query}`);
  return lines.map(json ? ofJson : ofText).reverse();
}

/** @param {{at_ms: number, text: string}} line @returns {Report} */
function ofText(line) {
  const parts = Object.fromEntries(line.text.split("\t").map((part) => part.split(": ")));
  return {
    at_ms: line.at_ms,
    requestId: parts["REPORT RequestId"] ?? "",
    duration: parts.Duration ?? "",
    billed: parts["Billed Duration"] ?? "",
    memory: `${parts["Max Memory Used"] ?? "?"} of ${parts["Memory Size"]}`,
    init: parts["Init Duration"] ?? "",
    status: parts.Status ?? "",
  };
}

/** @param {{at_ms: number, text: string}} line @returns {Report} */
function ofJson(line) {
  const { requestId, metrics, status } = JSON.parse(line.text).record;
  return {
    at_ms: line.at_ms,
    requestId,
    duration: `${metrics.durationMs} ms`,
    billed: `${metrics.billedDurationMs} ms`,
    memory: `${metrics.maxMemoryUsedMB ?? "?"} MB of ${metrics.memorySizeMB} MB`,
    init: metrics.initDurationMs === undefined ? "" : `${metrics.initDurationMs} ms`,
    status: status === "success" ? "" : status,
  };
}
