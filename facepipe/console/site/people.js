// Calls the people service: lists, adds and removes people, and finds those nearest to a face. Other applications have none.

import { change, get, names, upload } from "./server.js";

/** @typedef {{name: string, distance: number}} Near */
/** @typedef {{id: string, to_own: number | null, picture: boolean, file_name?: string, added_at?: number}} EnrolledPhoto */
/** @typedef {{name: string, photos: EnrolledPhoto[], nearest: Near[]}} Person */
/**
 * @typedef {object} People
 * @property {Person[]} people
 * @property {number[][] | null} between distances, in the order of the people; null if there are many
 * @property {number} threshold of the gallery
 * @property {number} one_person two names that are nearer to each other may be one person's
 * @property {number} margin
 * @property {string} model
 */
/**
 * @typedef {object} Added what became of a photo
 * @property {"enrolled" | "enrolled already" | "left out"} outcome
 * @property {string} problem why it was left out or what is odd about it; empty if nothing
 * @property {string[]} photos ids
 * @property {string} [name]
 * @property {{first: string, second: string, distance: number}[]} pairs names that may be one person's
 */

const SERVICE = "/services/people";

/** Whether this application has the service. */
export const hasPeople = names("facepipe-services").includes("people");

/** The address of a photo to send, for whoever has none at hand. */
export const samplePhoto = hasPeople ? `${SERVICE}/sample` : "";

/** @returns {Promise<People>} */
export function enrolled() {
  return get(`${SERVICE}/people`);
}

/** @param {string} photo its id @returns {string} the address of its picture */
export function pictureAddress(photo) {
  return `${SERVICE}/photos/${photo}`;
}

/** @param {string} name @param {File} file @returns {Promise<Added>} */
export function addPhoto(name, file) {
  return upload(`${SERVICE}/photos?${new URLSearchParams({ name, file: file.name })}`, file);
}

/**
 * Adds a face that face-detection has cut out.
 * @param {string} name @param {string} image base64 @param {number} margin @param {string} file
 * @returns {Promise<Added>}
 */
export function addCrop(name, image, margin, file) {
  const bytes = Uint8Array.from(atob(image), (character) => character.charCodeAt(0));
  return upload(`${SERVICE}/crops?${new URLSearchParams({ name, file, margin: String(margin) })}`, new Blob([bytes]));
}

/** @param {string} name */
export function removePerson(name) {
  return change("DELETE", `${SERVICE}/people?${new URLSearchParams({ name })}`);
}

/** @param {string} photo its id */
export function removePhoto(photo) {
  return change("DELETE", `${SERVICE}/photos/${photo}`);
}

/**
 * Returns the nearest people of each face, the nearest first, and the gallery's threshold.
 * @param {string[]} images base64
 * @returns {Promise<{faces: Near[][], threshold: number}>}
 */
export function nearest(images) {
  return change("POST", `${SERVICE}/nearest`, { faces: images });
}

/**
 * Returns the distance from which on a face is nobody's: the template's MatchThreshold if it is set, or the gallery's.
 * @param {number} ofGallery
 * @returns {Promise<{value: number, own: boolean}>}
 */
export async function thresholdInUse(ofGallery) {
  const { Functions } = await get("/2015-03-31/functions/");
  for (const { Environment } of Functions) {
    const own = Number(Environment?.Variables?.MATCH_THRESHOLD ?? 0);
    if (own > 0) return { value: own, own: true };
  }
  return { value: ofGallery, own: false };
}
