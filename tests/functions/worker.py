"""Tells what it was given, on a queue, and then does what each message says."""

import json
import os
import time
from pathlib import Path

from services.sqs_connection import SqsConnection

SEEN = os.environ["SEEN"]
SQS = SqsConnection.of(os.environ, SEEN)  # boto3 takes seconds to import on a busy machine, and RIE counts them


def tell(what):
    SQS.call("SendMessage", {"QueueUrl": SEEN, "MessageBody": json.dumps(what)})


def wait_for(file):
    """Be slow for as long as the test wants."""
    while not file.exists():
        time.sleep(0.02)


def handler(event, context):
    tell({"event": event, "time": time.time(), "request_id": context.aws_request_id})
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
                wait_for(Path(json.loads(body)["until"]))
                tell({"event": "woke", "time": time.time()})
            case "nothing":
                return None
            case "malformed":
                return {"batchItemFailures": [{"itemIdentifier": "nobody"}]}
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
