// Looks at messages, deletes them and sends dead letters back: in the emulator's own queues without receiving them; on
// another server, such as ElasticMQ, by receiving them, where no redrive policy counts receives.

import { AnswerError, change, get, sqs } from "./server.js";

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {string} body
 * @property {number} sent_at in seconds since 1970
 * @property {number} received how often
 */
/** @typedef {{messages: Message[], count: number, now: number, remark: string}} Look */
/**
 * @typedef {object} Desk
 * @property {boolean} isPassive whether looking changes nothing, so that it can be repeated
 * @property {() => Promise<Look>} look
 * @property {(id: string) => Promise<any>} remove
 * @property {(id: string) => Promise<any>} replay
 * @property {() => Promise<string>} replayAll returns what became of them
 */

const MESSAGES = 50;
const HIDDEN_S = 5; // by a look on another server
const ROUNDS = 100; // of ten messages, among which one is looked for
const NOT_HERE = 501;

/** @param {string} queue @returns {Promise<Desk>} */
export async function openDesk(queue) {
  const isOwn = await get("/queues").then(
    () => true,
    (error) => !(error instanceof AnswerError && error.status === NOT_HERE),
  );
  return isOwn ? ownDesk(queue) : receivingDesk(queue);
}

/** @param {string} name @returns {Promise<string>} */
export async function queueUrl(name) {
  return (await sqs("GetQueueUrl", { QueueName: name })).QueueUrl;
}

/** @param {string} name @returns {Promise<string[]>} the queues whose dead letters it gets */
export async function sourcesOf(name) {
  const { queueUrls } = await sqs("ListDeadLetterSourceQueues", { QueueUrl: await queueUrl(name) });
  return (queueUrls ?? []).map((/** @type {string} */ url) => url.split("/").at(-1) ?? "");
}

/** @param {string} queue @returns {Desk} */
function ownDesk(queue) {
  const path = `/queues/${encodeURIComponent(queue)}/messages`;
  return {
    isPassive: true,
    async look() {
      return { ...(await get(`${path}?limit=${MESSAGES}`)), remark: "looking at them does not receive them" };
    },
    remove: (id) => change("DELETE", `${path}/${encodeURIComponent(id)}`),
    replay: (id) => change("POST", `${path}/${encodeURIComponent(id)}/replay`),
    async replayAll() {
      const { moved, stayed } = await change("POST", `/queues/${encodeURIComponent(queue)}/replay`);
      const parts = Object.entries(moved).map(([target, count]) => `${count} sent back to ${target}`);
      parts.push(...Object.entries(stayed).map(([reason, count]) => `${count} stay: ${reason}`));
      return parts.join("; ") || `${queue} is empty`;
    },
  };
}

/** @param {string} queue @returns {Promise<Desk>} */
async function receivingDesk(queue) {
  const QueueUrl = await queueUrl(queue);
  const ask = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: HIDDEN_S };
  const all = { AttributeNames: ["All"], MessageAttributeNames: ["All"] };

  /** Yields visible messages, each once. */
  async function* receive() {
    const seen = new Set();
    for (let round = 0; round < ROUNDS; round++) {
      const { Messages = [] } = await sqs("ReceiveMessage", { ...ask, ...all });
      const more = Messages.filter((/** @type {any} */ message) => !seen.has(message.MessageId));
      if (!more.length) return;
      for (const message of more) {
        seen.add(message.MessageId);
        yield message;
      }
    }
  }

  /** @param {string} id */
  async function find(id) {
    for await (const message of receive()) if (message.MessageId === id) return message;
    throw new Error(`the server shows no message ${id}: it may be in flight; look again in ${HIDDEN_S} seconds`);
  }

  async function look() {
    const { Attributes } = await sqs("GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] });
    if (Attributes.RedrivePolicy)
      throw new Error(
        `${queue} cannot be looked into: its server shows messages only to receivers, and each receive counts towards ` +
          "the dead letters. The emulator's own queues (without --sqs-endpoint) can.",
      );
    const messages = [];
    for await (const message of receive()) {
      messages.push(described(message));
      if (messages.length >= MESSAGES) break;
    }
    const count = Number(Attributes.ApproximateNumberOfMessages);
    const remark = `the server shows messages only to receivers: these were received, and are hidden for ${HIDDEN_S} s`;
    return { messages, count, now: Date.now() / 1000, remark };
  }

  /** @returns {Promise<string>} the queue that its dead letters come from */
  async function origin() {
    const sources = await sourcesOf(queue);
    if (sources.length === 1) return sources[0];
    throw new Error(`where to send dead letters of ${sources.join(", ") || "no queue"} is not known`);
  }

  /** Sends a copy, and deletes the message only then: it may be there twice, but is never lost. */
  async function move(/** @type {any} */ message, /** @type {string} */ target) {
    await sqs("SendMessage", { QueueUrl: await queueUrl(target), ...copyOf(message) });
    await sqs("DeleteMessage", { QueueUrl, ReceiptHandle: message.ReceiptHandle });
  }

  async function replayAll() {
    const target = await origin();
    let count = 0;
    for await (const message of receive()) {
      await move(message, target);
      count++;
    }
    return `${count} sent back to ${target}`;
  }

  async function remove(/** @type {string} */ id) {
    await sqs("DeleteMessage", { QueueUrl, ReceiptHandle: (await find(id)).ReceiptHandle });
  }

  const replay = async (/** @type {string} */ id) => move(await find(id), await origin());
  return { isPassive: false, look, remove, replay, replayAll };
}

/** @param {any} message as SQS returns it @returns {Message} */
function described(message) {
  const { SentTimestamp, ApproximateReceiveCount } = message.Attributes ?? {};
  const [sent, received] = [Number(SentTimestamp) / 1000, Number(ApproximateReceiveCount)];
  return { id: message.MessageId, body: message.Body, sent_at: sent, received };
}

/** @param {any} message as SQS returns it @returns {any} what has to be sent for it to be there again */
function copyOf(message) {
  const { MessageGroupId, MessageDeduplicationId, AWSTraceHeader } = message.Attributes ?? {};
  const trace = AWSTraceHeader && { AWSTraceHeader: { DataType: "String", StringValue: AWSTraceHeader } };
  const { Body: MessageBody, MessageAttributes } = message;
  return { MessageBody, MessageAttributes, MessageGroupId, MessageDeduplicationId, MessageSystemAttributes: trace };
}
