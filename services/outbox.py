"""Puts messages on a queue."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from services.sqs_connection import SqsCallError, SqsConnection


class OutboxError(RuntimeError):
    """The message was not accepted by the queue."""


class Sender(Protocol):
    """What a function needs of a queue."""

    def send(self, body: str, attributes: Mapping[str, str | float], trace_header: str = "") -> None:
        """Put one message on the queue; `OutboxError` when it was not accepted."""
        ...


class SqsCaller(Protocol):
    """What makes calls to SQS."""

    def call(self, operation: str, parameters: Mapping[str, Any], /) -> Any:
        """Make a call; `SqsCallError` when it fails."""
        ...


@dataclass(frozen=True, slots=True)
class Outbox:
    """One queue, to send to."""

    sqs: SqsCaller
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
        parameters = {
            "QueueUrl": self.queue_url,
            "MessageBody": body,
            "MessageAttributes": typed,
            "MessageSystemAttributes": trace,
        }
        try:
            self.sqs.call("SendMessage", parameters)
        except SqsCallError as error:
            raise OutboxError(f"the queue {self.queue_url} did not take the message: {error}") from error


def connect(queue_url: str) -> Outbox:
    """Return an outbox on `queue_url`; endpoint, region and credentials come from the environment, as on Lambda."""
    return Outbox(SqsConnection.of(os.environ, queue_url), queue_url)
