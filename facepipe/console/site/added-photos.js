// Shows the result for each added photo: enrolled, left out, or odd. Each can be removed again.

import { h } from "./dom.js";
import { removePhoto } from "./people.js";

/** @typedef {import("./people.js").Added} Added */

/**
 * Returns one line about a photo.
 * @param {string} title of the photo
 * @param {Added} added
 * @param {() => void} changed is called after it was taken back
 */
export function addedLine(title, added, changed) {
  const good = added.outcome === "enrolled" && !added.problem && !added.pairs.length;
  const sort = added.outcome === "left out" ? "bad" : good ? "good" : "wait";
  const reasons = [added.problem, ...added.pairs.map(oneness)].filter(Boolean);
  const words = h("span", { class: sort }, [added.outcome, ...reasons].join("; "));
  const line = h("li", {}, `${title}: `, words, " ");
  if (added.photos.length && !good) {
    const button = h(
      "button",
      {
        onclick: () =>
          takeBack().catch((error) => {
            words.textContent = error.message;
          }),
      },
      "Take it back",
    );
    line.append(button);
    const takeBack = async () => {
      for (const photo of added.photos) await removePhoto(photo);
      words.className = "quiet";
      words.textContent = "taken back";
      button.remove();
      changed();
    };
  }
  return line;
}

/** @param {string} title @param {any} error */
export function refusedLine(title, error) {
  return h("li", {}, `${title}: `, h("span", { class: "bad" }, error.message ?? String(error)));
}

/** @param {{first: string, second: string, distance: number}} pair */
function oneness(pair) {
  return `${pair.first} and ${pair.second} look like one person (${pair.distance.toFixed(2)} apart)`;
}
