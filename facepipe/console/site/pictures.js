// Finds pictures in payloads of this application's contract; everything else stays JSON or text.

import { parsed } from "./dom.js";
import { get } from "./server.js";

/**
 * @typedef {object} Payload
 * @property {number} id
 * @property {number} at_ms
 * @property {string} role event, answer or message
 * @property {string} place
 * @property {string} key Lambda's request id, or the message's id
 * @property {string} trace_id
 * @property {string} name the application's request_id
 * @property {number} size
 * @property {Record<string, string>} attributes
 * @property {string} text of a short message; empty for anything else
 */

/** @typedef {{box: number[], name?: string, distance?: number | null, nearest?: string, confidence?: number, image?: string, margin?: number}} Face */

/**
 * @param {Iterable<string>} keys @param {Iterable<string>} traces @param {Iterable<string>} names
 * @returns {Promise<Payload[]>}
 */
export async function payloads(keys, traces = [], names = []) {
  const query = new URLSearchParams();
  for (const [name, values] of /** @type {[string, Iterable<string>][]} */ ([
    ["key", keys],
    ["trace", traces],
    ["name", names],
  ])) {
    for (const value of values) if (value) query.append(name, value);
  }
  return (await get(`/payloads?${query}`)).payloads;
}

/** @param {number} id @returns {Promise<string>} a payload's text */
export async function bodyOf(id) {
  const response = await fetch(`/payloads/${id}`);
  return response.ok ? response.text() : "";
}

/** @param {string} base64 @returns {string} */
function decoded(base64) {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}

/** @typedef {{content: string, fileName: string, requestId: string}} Photo as a camera has sent it */

/** @param {string} event of a Function URL @returns {Photo | undefined} */
export function photoIn(event) {
  const outer = parsed(event);
  if (typeof outer?.body !== "string") return undefined;
  try {
    return photoInBody(outer.isBase64Encoded ? decoded(outer.body) : outer.body);
  } catch {
    return undefined;
  }
}

/** @param {string} body of an HTTP request @returns {Photo | undefined} */
export function photoInBody(body) {
  const inner = parsed(body);
  if (typeof inner?.content !== "string") return undefined;
  return { content: inner.content, fileName: String(inner.filename ?? ""), requestId: String(inner.request_id ?? "") };
}

/** @param {string} invocation Lambda's request id @returns {Promise<Photo | undefined>} what the function was given */
export async function photoOf(invocation) {
  const response = await fetch(`/payloads/events/${encodeURIComponent(invocation)}?part=body`);
  return response.ok ? photoInBody(await response.text()) : undefined;
}

/** @param {string} message @returns {Face[] | undefined} the faces that detection found */
export function facesIn(message) {
  const { faces, margin = 0 } = parsed(message) ?? {};
  if (!Array.isArray(faces) || !faces.every((face) => Array.isArray(face?.box))) return undefined;
  return faces.map((face) => ({ ...face, margin }));
}

/** @param {Record<string, string>} attributes of a result @returns {Face[] | undefined} the faces with their names */
export function namedFaces(attributes) {
  const faces = parsed(attributes.faces ?? "");
  return Array.isArray(faces) ? faces : undefined;
}

/**
 * Returns the faces that detection found, with the names that recognition gave them: both go from left to right.
 * @param {Payload[]} found
 * @returns {Promise<Face[]>}
 */
export async function facesOf(found) {
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

/** @param {string} base64 @returns {string} an address for <img>; a picture is never read as a page */
export function pictureOf(base64) {
  const kinds = { "/9j/": "jpeg", iVBORw: "png", UklGR: "webp", R0lGOD: "gif" };
  const kind = Object.entries(kinds).find(([start]) => base64.startsWith(start))?.[1] ?? "png";
  return `data:image/${kind};base64,${base64}`;
}

/**
 * Makes a small picture, so that a long list holds no large ones.
 * @param {string} source @param {number} side in pixels
 * @returns {Promise<string>}
 */
export async function small(source, side) {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const scale = side / Math.min(image.naturalWidth, image.naturalHeight);
  const [width, height] = [image.naturalWidth * scale, image.naturalHeight * scale];
  canvas.getContext("2d")?.drawImage(image, (side - width) / 2, (side - height) / 2, width, height);
  return canvas.toDataURL("image/jpeg", 0.8);
}
