// Who is enrolled: the photos, how near people are to each other, and the threshold between somebody and nobody.

import { addedLine, refusedLine } from "./added-photos.js";
import { h } from "./dom.js";
import { addPhoto, enrolled, pictureAddress, removePerson, removePhoto } from "./people.js";
import { thresholdPart } from "./threshold-part.js";

/** @typedef {import("./people.js").People} People */
/** @typedef {import("./people.js").Person} Person */
/** @typedef {import("./people.js").EnrolledPhoto} EnrolledPhoto */

const AGAIN_MS = 5000;
const MOST_COLUMNS = 20;

/** @param {import("./requests.js").Requests} requests */
export function peopleView(requests) {
  const said = h("ul", { role: "status", class: "said" });
  const cards = h("div", { class: "cards" }, h("p", { class: "quiet" }, "loading …"));
  const distances = h("div", {});
  const known = h("datalist", { id: "known-people" });
  const name = h("input", {
    list: "known-people",
    placeholder: "name",
    maxlength: 128,
    "aria-label": "Name of the person",
  });
  const files = h("input", {
    type: "file",
    multiple: true,
    accept: "image/*,.heic,.heif",
    "aria-label": "Photos of the person",
  });
  const threshold = thresholdPart(requests);
  let shown = "";

  async function load() {
    const found = await enrolled();
    const now = JSON.stringify(found);
    if (now === shown) return;
    shown = now;
    known.replaceChildren(...found.people.map((person) => h("option", { value: person.name })));
    const nobody = h("p", { class: "quiet" }, "Nobody is enrolled yet: add photos of a person.");
    cards.replaceChildren(...(found.people.length ? found.people.map((person) => card(person, found)) : [nobody]));
    distances.replaceChildren(...matrix(found));
    threshold.setGallery(found.threshold);
  }

  /** @param {() => Promise<any>} work */
  async function act(work) {
    try {
      await work();
      await load();
    } catch (error) {
      said.prepend(refusedLine("not done", error));
    }
  }

  /** @param {string} whose @param {Iterable<File>} chosen */
  async function add(whose, chosen) {
    const photos = [...chosen];
    if (!whose.trim() || !photos.length)
      return void said.prepend(refusedLine("nothing added", "type a name, and choose photos"));
    for (const photo of photos) {
      const line = h("li", {}, `${photo.name}: under way`);
      said.prepend(line);
      const title = `${whose}, ${photo.name}`;
      await addPhoto(whose, photo).then(
        (added) => line.replaceWith(addedLine(title, added, () => load().catch(failed))),
        (error) => line.replaceWith(refusedLine(title, error)),
      );
      await load().catch(failed);
    }
  }

  /** @param {Person} person @param {People} all */
  function card(person, all) {
    const [first] = person.nearest;
    const like = first && first.distance < all.one_person;
    const near = first
      ? h(
          "p",
          { class: like ? "wait" : "quiet" },
          like ? `Looks like one person with ${first.name}: ` : `Nearest: ${first.name} `,
          h("span", { class: "number" }, first.distance.toFixed(2)),
        )
      : null;
    const more = h("input", {
      type: "file",
      multiple: true,
      accept: "image/*,.heic,.heif",
      class: "hidden-input",
      "aria-label": `Photos of ${person.name}`,
      onchange: () => add(person.name, more.files ?? []),
    });
    const count = person.photos.length === 1 ? "1 photo" : `${person.photos.length} photos`;
    return h(
      "section",
      { class: "card", "aria-label": person.name },
      h("h2", {}, person.name, " ", h("small", { class: "quiet" }, count)),
      h("div", { class: "faces" }, ...person.photos.map((photo) => face(person, photo))),
      near,
      h(
        "div",
        { class: "bar" },
        h("label", { class: "button" }, "Add photos", more),
        h(
          "button",
          {
            onclick: () =>
              confirm(`Forget ${person.name} and all photos of them?`) && act(() => removePerson(person.name)),
          },
          "Remove person",
        ),
      ),
    );
  }

  /** @param {Person} person @param {EnrolledPhoto} photo */
  function face(person, photo) {
    const about = [photo.file_name, photo.added_at && new Date(photo.added_at * 1000).toLocaleDateString()]
      .filter(Boolean)
      .join(", ");
    const picture = photo.picture
      ? h("img", {
          class: "crop small",
          src: pictureAddress(photo.id),
          alt: `A face of ${person.name}`,
          title: about,
          loading: "lazy",
        })
      : h("span", { class: "crop small none", title: "no picture of this face is kept" }, "no picture");
    const own = photo.to_own === null ? "" : photo.to_own.toFixed(2);
    const what = about || "this photo";
    return h(
      "figure",
      {},
      picture,
      h(
        "figcaption",
        { class: "quiet cut" },
        photo.file_name ?? "",
        h("br"),
        own ? h("span", { title: "distance to the mean of the person's other photos" }, own) : null,
      ),
      h(
        "button",
        {
          class: "corner",
          "aria-label": `Remove ${what} of ${person.name}`,
          title: "Remove this photo",
          onclick: () => confirm(`Take ${what} out of the gallery?`) && act(() => removePhoto(photo.id)),
        },
        "×",
      ),
    );
  }

  const failed = (/** @type {Error} */ error) => cards.replaceChildren(h("p", { class: "bad" }, error.message));
  load().catch(failed);
  const timer = setInterval(() => document.hidden || load().catch(failed), AGAIN_MS);
  const form = h("form", { class: "bar", onsubmit: submit }, name, known, files, h("button", {}, "Add"));
  const element = h(
    "section",
    {},
    h("h1", {}, "People"),
    h("div", { class: "card drop-people" }, h("h2", {}, "Add photos of a person"), form, said),
    cards,
    h("p", { class: "quiet" }, "Under a photo: its distance to the mean of the person's other photos."),
    distances,
    threshold.element,
  );

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    add(name.value, files.files ?? []).then(() => {
      files.value = "";
    });
  }
  return { element, refresh: threshold.refresh, close: () => clearInterval(timer) };
}

/** @param {People} found */
function matrix(found) {
  const { people, between } = found;
  if (!between || people.length < 2 || people.length > MOST_COLUMNS) return [];
  const head = h("tr", {}, h("th", {}), ...people.map((person) => h("th", { scope: "col" }, person.name)));
  const rows = people.map((person, row) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, person.name),
      ...between[row].map((value, column) => {
        if (row === column) return h("td", { class: "quiet" }, "–");
        const level = value < found.one_person ? "near" : value < 1.2 ? "middle" : "far";
        return h("td", { class: `number ${level}` }, value.toFixed(2));
      }),
    ),
  );
  const words = `Two different people are usually 1.4 apart, and below ${found.one_person} two names may be one person.`;
  return [
    h("h2", {}, "How near people are to each other"),
    h("p", { class: "quiet" }, "Distances between the means of people's photos. ", words),
    h(
      "div",
      { class: "scroll" },
      h(
        "table",
        { class: "matrix", "aria-label": "Distances between people" },
        h("thead", {}, head),
        h("tbody", {}, ...rows),
      ),
    ),
  ];
}
