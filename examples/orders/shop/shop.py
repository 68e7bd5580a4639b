"""Takes an order over HTTP and puts it into the queue of orders, in the group of its customer."""

import json
import os
import time

import boto3

sqs = boto3.client("sqs")


def handler(event: dict, _context: object) -> dict:
    """Check the order, which takes a while, and send it."""
    order = json.loads(event["body"])
    time.sleep(float(os.environ["STOCK_SECONDS"]))  # the stock is asked
    sent = sqs.send_message(
        QueueUrl=os.environ["ORDERS"],
        MessageBody=json.dumps(order),
        MessageGroupId=order["customer"],
        MessageDeduplicationId=event["requestContext"]["requestId"],
    )
    return {"statusCode": 202, "body": json.dumps({"order": sent["MessageId"]})}
