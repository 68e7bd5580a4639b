// The webcam: one shot, or a frame every n seconds, with boxes and names drawn over the live picture.

import { boxes } from "./boxes.js";
import { h } from "./dom.js";
import { facesOf, payloads } from "./pictures.js";

const LONGEST_SIDE_PX = 1280;
const QUALITY = 0.9;
const FACES_TRIES = 10;
const PAUSE_MS = 100; // the answer with the faces is kept a moment after the result is known

/**
 * @param {(content: string, fileName: string) => Promise<{id: string, result: string}>} send sends one frame
 * @param {(error: any) => void} tell
 */
export function webcam(send, tell) {
  const video = h("video", { muted: true, playsinline: true, "aria-label": "The picture of the webcam" });
  const marks = h("div", { class: "marks" });
  const picture = h("div", { class: "photo", hidden: true }, video, marks);
  const said = h("p", { class: "quiet", role: "status" });
  const every = h("input", { type: "number", min: 1, max: 60, value: 2, "aria-label": "Seconds between frames" });
  const start = h("button", { onclick: () => (stream ? stop() : begin().catch(tell)) }, "Start the webcam");
  const shot = h("button", { onclick: () => frame().catch(tell), disabled: true }, "One shot");
  const repeat = h("button", { onclick: toggleRepeat, disabled: true }, "A frame every");
  /** @type {MediaStream | undefined} */
  let stream;
  let timer = 0;
  let underWay = false;

  async function begin() {
    const media = navigator.mediaDevices; // only a page of this machine, or by https, has it
    if (!media) throw new Error("The webcam can be used by http://localhost only.");
    stream = await media.getUserMedia({ video: { width: { ideal: LONGEST_SIDE_PX } } }).catch((error) => {
      throw new Error(`The webcam cannot be used: ${error.message}`);
    });
    video.srcObject = stream;
    picture.hidden = false;
    await video.play();
    start.textContent = "Stop the webcam";
    shot.disabled = repeat.disabled = false;
  }

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    picture.hidden = true;
    marks.replaceChildren();
    said.textContent = "";
    start.textContent = "Start the webcam";
    shot.disabled = repeat.disabled = true;
    if (timer) toggleRepeat();
  }

  function toggleRepeat() {
    if (timer) {
      clearInterval(timer);
      timer = 0;
    } else {
      const seconds = Math.min(60, Math.max(1, Number(every.value) || 2));
      timer = setInterval(() => frame().catch(tell), seconds * 1000);
      frame().catch(tell);
    }
    repeat.textContent = timer ? "Stop the frames" : "A frame every";
  }

  /** Sends the picture of now, unless the last one has no result yet: frames do not pile up. */
  async function frame() {
    if (underWay || !video.videoWidth) return;
    underWay = true;
    try {
      const [width, height] = [video.videoWidth, video.videoHeight];
      const canvas = h("canvas", { width, height });
      canvas.getContext("2d")?.drawImage(video, 0, 0);
      const content = canvas.toDataURL("image/jpeg", QUALITY).split(",")[1];
      const { id, result } = await send(content, `webcam-${new Date().toISOString().slice(11, 19)}.jpg`);
      const faces = result ? await facesIn(id) : [];
      if (stream) marks.replaceChildren(boxes(faces, width, height));
      said.textContent = result ? `on the picture: ${result}` : "nobody on the picture";
    } finally {
      underWay = false;
    }
  }

  const buttons = h("div", { class: "bar" }, start, shot, repeat, every, "seconds");
  return { element: h("div", { class: "card" }, buttons, picture, said), stop };
}

/** @param {string} id of the request @returns {Promise<import("./pictures.js").Face[]>} */
async function facesIn(id) {
  for (let attempt = 0; attempt < FACES_TRIES; attempt++) {
    const answer = (await payloads([], [], [id])).filter((payload) => payload.attributes.faces);
    if (answer.length) return facesOf(answer);
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  return [];
}
