// Boxes and names, drawn over a photo or over the live picture of a camera.

import { h, svg } from "./dom.js";
import { pictureOf } from "./pictures.js";

/** @typedef {import("./pictures.js").Face} Face */

const LETTERS = 0.035; // of the picture's height

/**
 * @param {Face[]} faces
 * @param {number} width of the picture, in its own pixels
 * @param {number} height
 */
export function boxes(faces, width, height) {
  const marks = faces.flatMap((face) => {
    const [left, top, right, bottom] = face.box;
    const known = face.name && face.name !== "unknown";
    const sort = known ? "box" : "box unknown";
    const baseline = Math.max(top - height * 0.01, height * LETTERS);
    return [
      svg("rect", { class: sort, x: left, y: top, width: right - left, height: bottom - top }),
      svg("text", { class: "box-name", x: left, y: baseline, "font-size": height * LETTERS }, face.name ?? ""),
    ];
  });
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...marks);
}

/** @param {string} content base64 @param {Face[]} faces */
export function photoWith(content, faces) {
  const image = h("img", { src: pictureOf(content), alt: `The photo, with ${faces.length} faces` });
  const frame = h("div", { class: "photo" }, image);
  image.addEventListener("load", () => frame.append(boxes(faces, image.naturalWidth, image.naturalHeight)));
  return frame;
}
