"""Two functions with a queue between them, to stop in. Tests find the lines to stop at by their comments."""

import json
import os
import time

import boto3

SQS = boto3.client("sqs")  # stop at import


def first(event, context):
    order = json.loads(event["body"])
    if order["do"] == "breakpoint":
        breakpoint()  # noqa: T100  # a debugger stops here
    if order["do"] == "exit":
        os._exit(1)
    number = order["number"]
    SQS.send_message(QueueUrl=os.environ["BETWEEN"], MessageBody=json.dumps({"number": number}))  # stop in first
    if order["do"] == "sleep":
        time.sleep(60)
    return {"number": number, "remaining_ms": context.get_remaining_time_in_millis()}


def second(event, context):
    (record,) = event["Records"]
    number = json.loads(record["body"])["number"]
    twice = number * 2  # stop in second
    told = {"twice": twice, "received": int(record["attributes"]["ApproximateReceiveCount"])}
    SQS.send_message(QueueUrl=os.environ["DONE"], MessageBody=json.dumps(told))
