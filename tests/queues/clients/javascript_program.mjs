// Does with the JavaScript SDK 3 or 2 what programs do with SQS, and prints what it saw as JSON. Knows nothing of ours.
import { createRequire } from "node:module";

const [endpoint, name, version, folder] = process.argv.slice(2);
const load = createRequire(`${folder}/package.json`);
const credentials = { accessKeyId: "any", secretAccessKey: "any" };

function clientOfVersion3() {
  const sdk = load("@aws-sdk/client-sqs");
  const client = new sdk.SQSClient({ endpoint, region: "eu-west-3", credentials });
  return (operation, parameters) => client.send(new sdk[`${operation}Command`](parameters));
}

function clientOfVersion2() {
  const AWS = load("aws-sdk");
  const client = new AWS.SQS({ endpoint, region: "eu-west-3", ...credentials });
  return (operation, parameters) => client[operation[0].toLowerCase() + operation.slice(1)](parameters).promise();
}

const call = version === "3" ? clientOfVersion3() : clientOfVersion2();

async function refusal(operation, parameters) {
  try {
    await call(operation, parameters);
    return "";
  } catch (error) {
    return version === "3" ? error.name : error.code;
  }
}

const { QueueUrl } = await call("CreateQueue", { QueueName: name, Attributes: { VisibilityTimeout: "40" } });
const MessageAttributes = {
  text: { DataType: "String", StringValue: "ü & <b>" },
  bytes: { DataType: "Binary", BinaryValue: Buffer.from([0, 255]) },
};
const sent = await call("SendMessage", { QueueUrl, MessageBody: "a + ü\r\n", MessageAttributes });
const batch = await call("SendMessageBatch", {
  QueueUrl,
  Entries: [{ Id: "one", MessageBody: "1" }, { Id: "two", MessageBody: "\u0000" }],
});
const received = [];
while (received.length < 2) {
  const answer = await call("ReceiveMessage", {
    QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5, AttributeNames: ["All"], MessageAttributeNames: ["All"],
  });
  received.push(...answer.Messages);
}
const first = received.find((message) => message.Body.startsWith("a"));
for (const { ReceiptHandle } of received) await call("DeleteMessage", { QueueUrl, ReceiptHandle });
const attributes = (await call("GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] })).Attributes;
console.log(JSON.stringify({
  url: QueueUrl,
  visibility: attributes.VisibilityTimeout,
  listed: (await call("ListQueues", { QueueNamePrefix: name })).QueueUrls,
  body: first.Body,
  text: first.MessageAttributes.text.StringValue,
  bytes: Buffer.from(first.MessageAttributes.bytes.BinaryValue).toString("hex"),
  digests_agree: first.MD5OfMessageAttributes === sent.MD5OfMessageAttributes,
  receive_count: first.Attributes.ApproximateReceiveCount,
  successful: batch.Successful.map((one) => one.Id),
  failed: batch.Failed.map((one) => [one.Id, one.Code]),
  left: (await call("ReceiveMessage", { QueueUrl })).Messages ?? [],
  missing: await refusal("GetQueueUrl", { QueueName: `${name}-not` }),
  invalid: await refusal("ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 11 }),
}));
