"""The two stages of a pipeline: a function that is called by its URL, and one that a queue triggers."""

import os
from typing import Any

import boto3

SQS = boto3.client("sqs")


def first(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Send the body of a request on."""
    SQS.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=event["body"])
    return {"length": len(event["body"])}


def second(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Send the body of each message on."""
    for record in event["Records"]:
        SQS.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=record["body"])
    return {"length": len(event["Records"])}
