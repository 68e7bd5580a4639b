"""Puts messages on a queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 10


class OutboxError(RuntimeError):
    """The message was not accepted by the queue."""


class Sender(Protocol):
    """What a function needs of a queue."""

    def send(self, body: str, attributes: Mapping[str, str | float], trace_header: str = "") -> None:
        """Put one message on the queue; `OutboxError` when it was not accepted."""
        ...


@dataclass(frozen=True, slots=True)
class Outbox:
    """One queue, to send to."""

    sqs: Any  #: a boto3 SQS client
    queue_url: str

    def send(self, body: str, attributes: Mapping[str, str | float], trace_header: str = "") -> None:
        """Put one message on the queue; numbers become Number attributes, texts String; empty ones are left out.

        `trace_header` goes along as SQS's own AWSTraceHeader, which X-Ray reads as well.
        """
        typed = {
            name: {"DataType": "String" if isinstance(value, str) else "Number", "StringValue": str(value)}
            for name, value in attributes.items()
            if value != ""
        }
        trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace_header}} if trace_header else {}
        try:
            self.sqs.send_message(
                QueueUrl=self.queue_url, MessageBody=body, MessageAttributes=typed, MessageSystemAttributes=trace
            )
        except (BotoCoreError, ClientError) as error:
            raise OutboxError(f"the queue {self.queue_url} did not take the message: {error}") from error


def connect(queue_url: str) -> Outbox:
    """Return an outbox on `queue_url`; endpoint, region and credentials come from the environment, as on Lambda."""
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S, read_timeout=READ_TIMEOUT_S, retries={"mode": "standard", "max_attempts": 3}
    )
    return Outbox(boto3.client("sqs", config=config), queue_url)
