"""Tells what it was given, on a queue, and then does what each message says."""

import json
import os
import time

import boto3

SQS = boto3.client("sqs")


def handler(event, context):
    told = {"event": event, "time": time.time(), "request_id": context.aws_request_id}
    SQS.send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(told))
    failed = []
    for record in event["Records"]:
        body = record["body"]
        match json.loads(body)["do"] if body.startswith('{"do"') else body:
            case "raise":
                raise ValueError("told to")
            case "fail":
                failed.append(record["messageId"])
            case "fail at first" if record["attributes"]["ApproximateReceiveCount"] == "1":
                failed.append(record["messageId"])
            case "exit":
                os._exit(1)
            case "sleep":
                time.sleep(10)
            case "slow":
                time.sleep(2)
                SQS.send_message(
                    QueueUrl=os.environ["SEEN"], MessageBody=json.dumps({"event": "woke", "time": time.time()})
                )
            case "nothing":
                return None
            case "malformed":
                return {"batchItemFailures": [{"itemIdentifier": "nobody"}]}
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
