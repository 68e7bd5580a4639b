// The faces of one request: each crop beside its nearest people, with distances, and *This is …*.

import { addedLine, refusedLine } from "./added-photos.js";
import { h } from "./dom.js";
import { addCrop, enrolled, hasPeople, nearest, thresholdInUse } from "./people.js";
import { pictureOf } from "./pictures.js";

/** @typedef {import("./pictures.js").Face} Face */
/** @typedef {import("./people.js").Near} Near */

/**
 * @param {Face[]} faces
 * @param {string} fileName the photo's
 */
export function faceCards(faces, fileName) {
  if (!faces.length) return h("p", { class: "quiet" }, "No face is known of yet.");
  const lists = faces.map(() => h("ol", { class: "near quiet" }));
  const known = h("datalist", { id: "people-of-this-face" });
  const cards = faces.map((face, place) =>
    h(
      "div",
      { class: "face" },
      face.image
        ? h("img", { class: "crop", src: pictureOf(face.image), alt: `The face of ${face.name ?? "somebody"}` })
        : null,
      h("strong", {}, face.name ?? ""),
      h(
        "small",
        { class: "quiet" },
        typeof face.distance === "number" ? `distance ${face.distance.toFixed(2)}` : "no distance",
      ),
      lists[place],
      hasPeople && face.image ? thisIs(face, fileName, look) : null,
    ),
  );
  const limit = h("p", { class: "quiet" });

  async function look() {
    const crops = faces.map((face, place) => ({ image: face.image ?? "", place })).filter(({ image }) => image);
    const found = await nearest(crops.map(({ image }) => image));
    const threshold = await thresholdInUse(found.threshold);
    const people = await enrolled();
    known.replaceChildren(...people.people.map((person) => h("option", { value: person.name })));
    for (const [index, { place }] of crops.entries()) {
      lists[place].replaceChildren(...found.faces[index].map((person) => near(person, threshold.value)));
    }
    limit.textContent = `Nearest people as the gallery is now; below ${threshold.value.toFixed(2)} a face gets the name.`;
  }

  if (hasPeople && faces.some((face) => face.image))
    look().catch((error) => {
      limit.textContent = error.message;
    });
  return h("div", {}, h("div", { class: "faces" }, ...cards), limit, known);
}

/** @param {Near} person @param {number} threshold */
function near(person, threshold) {
  const named = person.distance < threshold;
  return h(
    "li",
    { class: named ? "good" : "" },
    `${person.name} `,
    h("span", { class: "number" }, person.distance.toFixed(2)),
  );
}

/** @param {Face} face @param {string} fileName @param {() => Promise<void>} changed */
function thisIs(face, fileName, changed) {
  const name = h("input", {
    list: "people-of-this-face",
    placeholder: "name",
    maxlength: 128,
    "aria-label": "This is",
  });
  const said = h("ul", { role: "status", class: "said" });
  if (face.name && face.name !== "unknown") name.value = face.name;

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    const whose = name.value.trim();
    if (!whose) return;
    try {
      const added = await addCrop(whose, face.image ?? "", face.margin ?? 0, fileName);
      said.replaceChildren(addedLine(whose, added, () => changed().catch(() => undefined)));
      await changed();
    } catch (error) {
      said.replaceChildren(refusedLine(whose, error));
    }
  }
  return h(
    "form",
    { class: "this-is", onsubmit: submit },
    h("small", {}, "This is"),
    name,
    h("button", {}, "Add"),
    said,
  );
}
