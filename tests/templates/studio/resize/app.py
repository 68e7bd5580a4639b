"""A zip function that uses its layer, and the variable that facepipe.toml changes."""

import os
from typing import Any

import boto3
import frames

sqs = boto3.client("sqs")


def handler(event: dict[str, Any], _context: object) -> None:
    """Send on what came."""
    for record in event["Records"]:
        sqs.send_message(
            QueueUrl=os.environ["DONE"], MessageBody=f"{os.environ['STAGE']} {frames.framed(record['body'])}"
        )
