// Sends photos to the function URL: files, a folder, the webcam, or a sample.

import { h } from "./dom.js";
import { urls } from "./server.js";

/** @typedef {import("./requests.js").Requests} Requests */

const LONGEST_SIDE_PX = 1280;
const QUALITY = 0.9;
const RESULT_TRIES = 60;
const PAUSE_MS = 150;

/** @param {Requests} requests */
export function cameraView(requests) {
  const said = h("p", { role: "status", class: "quiet" });
  const results = h("ul", {});
  const target = h("select", { "aria-label": "Function URL" });
  const files = h("input", {
    type: "file",
    accept: "image/*",
    multiple: true,
    "aria-label": "Photos",
    onchange: () => sendFiles(files.files ?? []),
  });
  const folder = h("input", {
    type: "file",
    webkitdirectory: true,
    "aria-label": "A folder of photos",
    onchange: () => sendFiles(folder.files ?? []),
  });
  const sampleButton = h("p", { hidden: true }, h("button", { onclick: sample }, "Send a sample photo"));
  const drop = h(
    "div",
    { class: "drop" },
    "Drop photos here, or choose ",
    files,
    " or a folder ",
    folder,
    sampleButton,
  );
  const video = h("video", { muted: true, playsinline: true, hidden: true });
  const overlay = h("p", { class: "good", role: "status" });
  const every = h("input", { type: "number", min: 1, max: 60, value: 2, "aria-label": "Seconds between frames" });
  const start = h("button", { onclick: toggle }, "Start the webcam");
  const shot = h("button", { onclick: () => frame().catch(tell), disabled: true }, "One shot");
  const repeat = h("button", { onclick: toggleRepeat, disabled: true }, "A frame every");
  /** @type {MediaStream | undefined} */
  let stream;
  let timer = 0;

  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    sendFiles(event.dataTransfer?.files ?? []);
  });
  fetch("/console/sample.jpg", { method: "HEAD" }).then((response) => {
    sampleButton.hidden = !response.ok;
  }, tell);
  urls().then((found) => {
    target.replaceChildren(...[...found].map(([name, url]) => h("option", { value: url }, `${name} – ${url}`)));
    if (!found.size) tell(new Error("No function of this project has a URL to send photos to."));
  }, tell);

  /** @param {any} error */
  function tell(error) {
    said.textContent = error.message ?? String(error);
  }

  /** @param {FileList | File[]} chosen */
  async function sendFiles(chosen) {
    const photos = [...chosen].filter(
      (file) => file.type.startsWith("image/") || /\.(jpe?g|png|webp|heic|avif)$/i.test(file.name),
    );
    if (!photos.length) tell(new Error("There is no photo among these files."));
    for (const [number, file] of photos.entries()) {
      said.textContent = `sending ${number + 1} of ${photos.length}: ${file.name}`;
      await send(await base64(file), file.name).catch(tell);
    }
    if (photos.length) said.textContent = `sent ${photos.length}`;
  }

  async function sample() {
    const response = await fetch("/console/sample.jpg");
    if (!response.ok) return tell(new Error("The sample is not there."));
    return send(await base64(await response.blob()), "sample.jpg").catch(tell);
  }

  /**
   * Sends one photo, and shows its result when it comes.
   * @param {string} content @param {string} fileName
   */
  async function send(content, fileName) {
    const id = crypto.randomUUID();
    const line = h(
      "li",
      {},
      `${fileName}: `,
      h("span", { class: "quiet" }, "under way"),
      " ",
      h("a", { href: `#/requests/${id}` }, "look"),
    );
    results.prepend(line);
    const body = JSON.stringify({ content, request_id: id, filename: fileName });
    const response = await fetch(target.value, { method: "POST", body }); // as text: JSON would be asked for first, by a call
    const words = /** @type {HTMLElement} */ (line.querySelector("span"));
    if (!response.ok) {
      words.className = "bad";
      words.textContent = `${response.status} ${(await response.text()).slice(0, 200)}`;
      return "";
    }
    const result = await resultOf(id);
    words.className = result ? "good" : "wait";
    words.textContent = result || "no result yet; look at the request";
    return result;
  }

  /** @param {string} id */
  async function resultOf(id) {
    for (let attempt = 0; attempt < RESULT_TRIES; attempt++) {
      const request = requests.find(id);
      if (request?.result) return request.result;
      if (request?.state === "failed") return "";
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
    return "";
  }

  async function toggle() {
    if (stream) return stop();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: LONGEST_SIDE_PX } } });
    } catch (error) {
      return tell(new Error(`The webcam cannot be used: ${/** @type {Error} */ (error).message}`));
    }
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    start.textContent = "Stop the webcam";
    shot.disabled = repeat.disabled = false;
  }

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    video.hidden = true;
    start.textContent = "Start the webcam";
    shot.disabled = repeat.disabled = true;
    if (timer) toggleRepeat();
  }

  function toggleRepeat() {
    if (timer) {
      clearInterval(timer);
      timer = 0;
    } else {
      timer = setInterval(() => frame().catch(tell), Math.max(1, Number(every.value) || 2) * 1000);
      frame().catch(tell);
    }
    repeat.textContent = timer ? "Stop the frames" : "A frame every";
  }

  async function frame() {
    const canvas = h("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    const content = canvas.toDataURL("image/jpeg", QUALITY).split(",")[1];
    const result = await send(content, `webcam-${new Date().toISOString().slice(11, 19)}.jpg`);
    overlay.textContent = result ? `on the picture: ${result}` : "";
  }

  const webcam = h(
    "div",
    { class: "card" },
    h("div", { class: "bar" }, start, shot, repeat, every, "seconds"),
    video,
    overlay,
  );
  const element = h(
    "section",
    {},
    h("h1", {}, "Camera"),
    h("div", { class: "bar" }, target),
    drop,
    said,
    h("h2", {}, "Webcam"),
    webcam,
    h("h2", {}, "Sent from this page"),
    results,
  );
  return { element, close: stop };
}

/** @param {Blob} blob @returns {Promise<string>} */
function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
    reader.onerror = () => reject(reader.error ?? new Error("the file cannot be read"));
    reader.readAsDataURL(blob);
  });
}
