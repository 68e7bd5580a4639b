"""Calls itself, as often as the event says, as a program that knows nothing of an emulator would: by boto3."""

import json

import boto3
from botocore.config import Config


def handler(event, context):
    if not event["depth"]:
        return "the deepest"
    client = boto3.client("lambda", endpoint_url=event["endpoint"], config=Config(retries={"total_max_attempts": 1}))
    deeper = {**event, "depth": event["depth"] - 1}
    answer = client.invoke(FunctionName=context.function_name, Payload=json.dumps(deeper))
    return json.loads(answer["Payload"].read())
