// Sends photos to the function URL: files, a folder, the webcam, or a sample.

import { addressOf } from "./address.js";
import { h } from "./dom.js";
import { samplePhoto } from "./people.js";
import { base64, send } from "./sender.js";
import { urls } from "./server.js";
import { webcam } from "./webcam.js";

/** @typedef {import("./requests.js").Requests} Requests */

const PHOTO = /\.(jpe?g|png|webp|heic|avif|bmp|gif|tiff?)$/i;
const NO_URL = "No function of this project has a URL to send photos to.";
const LINES = 50; // of results; the list of requests has them all

/** @param {Requests} requests */
export function cameraView(requests) {
  const said = h("p", { role: "status", class: "quiet" });
  const results = h("ul", { class: "plain" });
  const target = h("select", { "aria-label": "Function URL" });
  const files = h("input", { type: "file", accept: "image/*", multiple: true, "aria-label": "Photos" });
  const folder = h("input", { type: "file", webkitdirectory: true, "aria-label": "A folder of photos" });
  const sampleButton = h("button", { hidden: true, onclick: sample }, "Send a sample photo");
  const nothing = h("p", { class: "quiet" }, "Nothing yet. The view Requests has all that was sent.");
  const choice = h("div", { class: "bar" }, h("label", {}, "photos ", files), h("label", {}, "a folder ", folder));
  const drop = h(
    "div",
    { class: "drop" },
    h("p", {}, "Drop photos or a folder here, or choose"),
    choice,
    h("p", {}, sampleButton),
  );
  const live = webcam(sendOne, tell);

  for (const input of [files, folder]) {
    input.addEventListener("change", async () => {
      await sendFiles([...(input.files ?? [])]);
      input.value = ""; // so that the same photo can be chosen again
    });
  }
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const items = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry());
    await sendFiles((await Promise.all(items.map(filesIn))).flat());
  });
  sampleButton.hidden = !samplePhoto;
  const loaded = urls().then((found) => {
    target.replaceChildren(...[...found].map(([name, url]) => h("option", { value: url }, `${name} – ${url}`)));
    if (!found.size) tell(new Error(NO_URL));
  }, tell);

  /** @param {any} error */
  function tell(error) {
    said.textContent = error.message ?? String(error);
  }

  /** @param {File[]} chosen */
  async function sendFiles(chosen) {
    const photos = chosen.filter((file) => file.type.startsWith("image/") || PHOTO.test(file.name));
    if (!photos.length) return tell(new Error("There is no photo among these files."));
    let without = 0;
    for (const [number, file] of photos.entries()) {
      said.textContent = `sending ${number + 1} of ${photos.length}: ${file.name}`;
      if (!(await sendFile(file, file.name))) without++;
    }
    said.textContent = without ? `sent ${photos.length}, ${without} of them without a result` : `sent ${photos.length}`;
  }

  /** @param {Blob} file @param {string} name @returns {Promise<string>} its result; empty if it has none */
  async function sendFile(file, name) {
    try {
      return (await sendOne(await base64(file), name)).result;
    } catch (error) {
      tell(error);
      return "";
    }
  }

  async function sample() {
    sampleButton.disabled = true; // until its result is there: a double click sends it once
    const response = await fetch(samplePhoto).catch(() => undefined);
    if (response?.ok) await sendFile(await response.blob(), "sample.jpg");
    else tell(new Error("The sample is not there."));
    sampleButton.disabled = false;
  }

  /**
   * Sends one photo, and shows its result in the list when it comes.
   * @param {string} content @param {string} fileName
   */
  async function sendOne(content, fileName) {
    await loaded;
    if (!target.value) throw new Error(NO_URL);
    nothing.remove();
    const id = crypto.randomUUID();
    const words = h("span", { class: "quiet" }, "under way");
    results.prepend(h("li", {}, `${fileName}: `, words, " ", h("a", { href: addressOf("requests", id) }, "look")));
    while (results.children.length > LINES) results.lastElementChild?.remove();
    try {
      const result = await send(target.value, { content, request_id: id, filename: fileName }, requests);
      words.className = "good";
      words.textContent = result;
      return { id, result };
    } catch (error) {
      words.className = "bad";
      words.textContent = /** @type {Error} */ (error).message;
      return { id, result: "" };
    }
  }

  const element = h(
    "section",
    {},
    h("h1", {}, "Camera"),
    h("div", { class: "bar" }, h("label", {}, "to ", target)),
    drop,
    said,
    h("h2", {}, "Webcam"),
    live.element,
    h("h2", {}, "Sent from this page"),
    nothing,
    results,
  );
  return { element, close: live.stop };
}

/** @param {FileSystemEntry | null} entry @returns {Promise<File[]>} a dropped file, or the files of a dropped folder */
async function filesIn(entry) {
  if (entry?.isFile) {
    const file = /** @type {FileSystemFileEntry} */ (entry);
    return [await new Promise((found, failed) => file.file(found, failed))];
  }
  if (!entry?.isDirectory) return [];
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {File[]} */
  const files = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((found, failed) => reader.readEntries(found, failed)); // at most 100 at once
    if (!some.length) return files;
    for (const each of some) files.push(...(await filesIn(each)));
  }
}
