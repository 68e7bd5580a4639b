"""Does with boto3, of whichever year, what programs do with SQS, and prints what it saw as JSON. Knows nothing of ours."""

import json
import sys
from typing import Any

import boto3
from botocore.exceptions import ClientError

endpoint, name = sys.argv[1:]
sqs = boto3.client(
    "sqs", endpoint_url=endpoint, region_name="eu-west-3", aws_access_key_id="any", aws_secret_access_key="any"
)
attributes = {
    "text": {"DataType": "String", "StringValue": "ü & <b>"},
    "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
}
url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "40"}, tags={"made": "here"})["QueueUrl"]
sent = sqs.send_message(QueueUrl=url, MessageBody="a + ü\r\n", MessageAttributes=attributes)
entries = [{"Id": "one", "MessageBody": "1"}, {"Id": "two", "MessageBody": "\x00"}]
batch = sqs.send_message_batch(QueueUrl=url, Entries=entries)
received: list[dict[str, Any]] = []
while len(received) < 2:
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5, AttributeNames=["All"], MessageAttributeNames=["All"]
    )
    received += answer["Messages"]
first = next(message for message in received if message["Body"].startswith("a"))
for message in received:
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
try:
    sqs.get_queue_url(QueueName=name + "-not")
    missing = ""
except sqs.exceptions.QueueDoesNotExist as error:
    missing = error.response["Error"]["Code"]
try:
    sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=11)
    invalid = ""
except ClientError as error:
    invalid = error.response["Error"]["Code"]
print(
    json.dumps(
        {
            "protocol": sqs.meta.service_model.metadata["protocol"],
            "url": url,
            "visibility": sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"][
                "VisibilityTimeout"
            ],
            "tags": sqs.list_queue_tags(QueueUrl=url)["Tags"],
            "listed": sqs.list_queues(QueueNamePrefix=name)["QueueUrls"],
            "body": first["Body"],
            "text": first["MessageAttributes"]["text"]["StringValue"],
            "bytes": first["MessageAttributes"]["bytes"]["BinaryValue"].hex(),
            "digests_agree": first["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"],
            "receive_count": first["Attributes"]["ApproximateReceiveCount"],
            "successful": [one["Id"] for one in batch["Successful"]],
            "failed": [[one["Id"], one["Code"]] for one in batch["Failed"]],
            "left": sqs.receive_message(QueueUrl=url).get("Messages", []),
            "missing": missing,
            "invalid": invalid,
        }
    )
)
