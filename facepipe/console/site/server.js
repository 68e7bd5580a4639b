// Talks to the emulator: questions, changes with this page's token, and the entries as they are made.

const token = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="facepipe-token"]')).content;

/**
 * @typedef {object} Entry a step of a request, as the journal has it
 * @property {string} kind
 * @property {number} at_ms
 * @property {string} [function]
 * @property {string} [request_id] Lambda's
 * @property {string} [trace_id]
 * @property {string} [message_id]
 * @property {string} [environment]
 * @property {string} [name] the application's request_id
 * @property {Record<string, any>} [detail]
 */

/** The emulator's refusal; the message is its own sentence. */
export class AnswerError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * Asks for JSON. Throws an AnswerError with the emulator's own sentence.
 * @param {string} path
 * @returns {Promise<any>}
 */
export async function get(path) {
  return answer(await fetch(path));
}

/**
 * Changes something.
 * @param {string} method
 * @param {string} path
 * @param {any} [content] sent as JSON
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>}
 */
export async function change(method, path, content, headers = {}) {
  const body = content === undefined ? undefined : JSON.stringify(content);
  const all = { "Facepipe-Page-Token": token, "Content-Type": "application/json", ...headers };
  return answer(await fetch(path, { method, body, headers: all }));
}

/**
 * Sends a file as it is.
 * @param {string} path
 * @param {Blob} content
 * @returns {Promise<any>}
 */
export async function upload(path, content) {
  const headers = { "Facepipe-Page-Token": token, "Content-Type": "application/octet-stream" };
  return answer(await fetch(path, { method: "POST", body: content, headers }));
}

/** @param {string} meta @returns {string[]} names that the emulator has written into the page's head */
export function names(meta) {
  const element = /** @type {HTMLMetaElement | null} */ (document.querySelector(`meta[name="${meta}"]`));
  return (element?.content ?? "").split(" ").filter(Boolean);
}

/**
 * Calls an operation of SQS.
 * @param {string} operation
 * @param {any} parameters
 */
export function sqs(operation, parameters) {
  const headers = { "X-Amz-Target": `AmazonSQS.${operation}`, "Content-Type": "application/x-amz-json-1.0" };
  return change("POST", "/", parameters, headers);
}

/** @param {Response} response @returns {Promise<any>} */
async function answer(response) {
  const text = await response.text();
  let content;
  try {
    content = text ? JSON.parse(text) : {};
  } catch {
    content = { error: text.slice(0, 200) };
  }
  if (response.ok || (response.status === 503 && content.functions)) return content;
  throw new AnswerError(
    response.status,
    content.error || content.message || content.Message || `the emulator answers ${response.status}`,
  );
}

/**
 * Follows what happens, and goes on by itself after the emulator was restarted.
 * @param {object} listener
 * @param {(entries: Entry[]) => void} listener.entries
 * @param {() => void} listener.again is called when entries may have been missed
 * @param {(text: string) => void} listener.state
 */
export function follow(listener) {
  const source = new EventSource("/entries/live");
  let lost = false;
  source.onmessage = (event) => listener.entries(JSON.parse(event.data));
  source.addEventListener("missed", () => listener.again());
  source.onopen = () => {
    listener.state("live");
    if (lost) listener.again();
    lost = false;
  };
  source.onerror = () => {
    lost = true;
    listener.state("the emulator does not answer; is it running?");
    if (source.readyState === EventSource.CLOSED) {
      source.close();
      setTimeout(() => follow({ ...listener }), 3000);
      listener.again();
    }
  };
}

/** @returns {Promise<Map<string, string>>} the functions' URLs by the functions' names, for this page's host */
export async function urls() {
  const found = new Map();
  const { Functions } = await get("/2015-03-31/functions/");
  for (const { FunctionName } of Functions) {
    const { FunctionUrlConfigs } = await get(`/2021-10-31/functions/${encodeURIComponent(FunctionName)}/urls`);
    for (const { FunctionUrl } of FunctionUrlConfigs.slice(0, 1)) found.set(FunctionName, FunctionUrl);
  }
  return found;
}
