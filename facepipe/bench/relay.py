"""The first function of two: what a function URL calls, and what sends a message on for the second."""

import os
import time
from typing import Any

import boto3

SQS = boto3.client("sqs")


def handler(event: dict[str, Any], _context: object) -> dict[str, float]:
    """Send the body on, and tell when it began and ended."""
    started = time.time()
    SQS.send_message(QueueUrl=os.environ["HOP"], MessageBody=event["body"])
    return {"started": started, "ended": time.time()}
