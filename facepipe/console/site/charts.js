// Small charts of the last quarter of an hour.

import { h, svg } from "./dom.js";

export const SPAN_MS = 15 * 60_000;
const SLOTS = 60;
const WIDTH = 300;
const HEIGHT = 60;

/**
 * Sorts things into slots by their time; the last slot ends now.
 * @template T
 * @param {Iterable<T>} things
 * @param {(thing: T) => number} at
 * @param {number} now
 * @returns {T[][]}
 */
export function slotsOf(things, at, now) {
  const slots = Array.from({ length: SLOTS }, () => /** @type {T[]} */ ([]));
  for (const thing of things) {
    const place = SLOTS - 1 - Math.floor(((now - at(thing)) / SPAN_MS) * SLOTS);
    slots[Math.min(place, SLOTS - 1)]?.push(thing);
  }
  return slots;
}

/** @param {number} count in one slot @returns {number} */
export function perMinute(count) {
  return count / (SPAN_MS / SLOTS / 60_000);
}

/** @param {number[]} values @param {number} percent @returns {number} by the nearest rank; 0 without values */
export function percentile(values, percent) {
  const ordered = [...values].sort((one, other) => one - other);
  return ordered[Math.max(0, Math.ceil((ordered.length * percent) / 100) - 1)] ?? 0;
}

/**
 * Returns a chart with a bar for each slot.
 * @param {string} title
 * @param {number[]} values
 * @param {(value: number) => string} write
 * @param {string} [sort] a class for the colour
 */
export function chart(title, values, write, sort = "") {
  const most = Math.max(...values);
  const step = WIDTH / values.length;
  const bars = values.map((value, place) => {
    const height = most ? (value / most) * (HEIGHT - 2) : 0;
    const attributes = { x: place * step, y: HEIGHT - height, width: step - 1, height };
    const minutes = Math.round(((values.length - 1 - place) * SPAN_MS) / SLOTS / 60_000);
    return value ? svg("rect", attributes, svg("title", {}, `${minutes} min ago: ${write(value)}`)) : null;
  });
  const last = values.at(-1) ?? 0;
  const label = `${title} over the last 15 minutes: at most ${write(most)}, now ${write(last)}`;
  const axes = { class: `chart ${sort}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" };
  return h(
    "div",
    { class: "card" },
    h("div", { class: "apart" }, h("strong", {}, title), h("small", { class: "quiet" }, `at most ${write(most)}`)),
    svg("svg", { ...axes, role: "img", "aria-label": label }, ...bars),
    h("div", { class: "apart quiet small" }, h("span", {}, "15 min ago"), h("span", {}, "now")),
  );
}
