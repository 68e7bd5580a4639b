// Sends photos to a function URL, and waits until the journal has their results.

import { parsed } from "./dom.js";

/** @typedef {import("./requests.js").Requests} Requests */

const RESULT_TRIES = 120;
const PAUSE_MS = 100;

/** A photo was sent, but it has no result. */
export class NoResultError extends Error {}

/**
 * @param {string} url of the function
 * @param {{content: string, request_id: string, filename: string}} photo as the application's contract has it
 * @param {Requests} requests
 * @returns {Promise<string>} the names in the result
 */
export async function send(url, photo, requests) {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(photo) }); // as text: for JSON, a browser would ask first
  if (!response.ok) throw new NoResultError(`${response.status}: ${refusal(await response.text())}`);
  for (let attempt = 0; attempt < RESULT_TRIES; attempt++) {
    const request = requests.find(photo.request_id);
    if (request?.result) return request.result;
    if (request?.state === "failed") throw new NoResultError(request.why || "it failed; look at the request");
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  throw new NoResultError("no result yet; look at the request");
}

/** @param {string} text of a refusal @returns {string} its sentence */
function refusal(text) {
  const { error, message, Message } = parsed(text) ?? {};
  return String(error ?? message ?? Message ?? text).slice(0, 200);
}

/** @param {Blob} blob @returns {Promise<string>} */
export function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
    reader.onerror = () => reject(reader.error ?? new Error("the file cannot be read"));
    reader.readAsDataURL(blob);
  });
}
