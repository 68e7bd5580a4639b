"""Packs orders; those of one customer in the order in which they came."""

import json
import os
from pathlib import Path

import boto3

sqs = boto3.client("sqs")


def handler(event: dict, _context: object) -> dict:
    """Pack each order of a batch; after one that fails, leave the later ones of its customer for another time."""
    failed: list[dict] = []
    stopped: set[str] = set()
    for record in event["Records"]:
        customer = record["attributes"]["MessageGroupId"]
        if customer in stopped or not pack(record["body"], customer):
            stopped.add(customer)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def pack(body: str, customer: str) -> bool:
    """Pack one order; return False if it names nothing to pack."""
    order = json.loads(body)
    if not order.get("item"):
        print(f"an order of {customer} has no item")
        return False
    packed = {**order, "packed_by": os.environ["PACKED_BY"], "in": str(Path.cwd())}
    sqs.send_message(QueueUrl=os.environ["PACKED"], MessageBody=json.dumps(packed), MessageGroupId=customer)
    return True
