"""Puts messages on a queue."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.sqs_connection import SqsCallError, SqsConnection

BATCH_MESSAGES, BATCH_BYTES = 10, 1_048_576  #: the most of one SendMessageBatch (SQS API reference: SendMessageBatch)


class OutboxError(RuntimeError):
    """The message was not accepted by the queue."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is to be put on a queue.

    Numbers become Number attributes, texts String; empty ones are left out. `trace_header` goes along as SQS's own
    AWSTraceHeader, which X-Ray reads as well.
    """

    body: str
    attributes: Mapping[str, str | float]
    trace_header: str = ""

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of SendMessage, without the queue."""
        typed = {
            name: {"DataType": "String" if isinstance(value, str) else "Number", "StringValue": str(value)}
            for name, value in self.attributes.items()
            if value != ""
        }
        trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": self.trace_header}}
        return {
            "MessageBody": self.body,
            "MessageAttributes": typed,
            "MessageSystemAttributes": trace if self.trace_header else {},
        }

    def size(self) -> int:
        """Return the bytes that SQS counts, at most: body, and each attribute's name, type and value."""
        attributes = sum(
            len(name.encode()) + len("String") + len(str(value).encode()) for name, value in self.attributes.items()
        )
        return len(self.body.encode()) + attributes


class Sender(Protocol):
    """What a function needs of a queue to send one message at a time."""

    def send(self, message: Message) -> None:
        """Put one message on the queue; `OutboxError` when it was not accepted."""
        ...


class BatchSender(Protocol):
    """What a function needs of a queue to send several messages at once."""

    def send_all(self, messages: Sequence[Message]) -> list[str]:
        """Put messages on the queue; return for each why it was not accepted, empty if it was."""
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

    def send(self, message: Message) -> None:
        """Put one message on the queue; `OutboxError` when it was not accepted."""
        try:
            self.sqs.call("SendMessage", {"QueueUrl": self.queue_url, **message.parameters()})
        except SqsCallError as error:
            raise OutboxError(self._problem(str(error))) from error

    def send_all(self, messages: Sequence[Message]) -> list[str]:
        """Put messages on the queue in as few calls as SQS allows; return for each why it was not accepted, or ""."""
        return [problem for batch in _batches(messages) for problem in self._send_batch(batch)]

    def _send_batch(self, messages: Sequence[Message]) -> list[str]:
        entries = [{"Id": str(index), **message.parameters()} for index, message in enumerate(messages)]
        try:
            answer = self.sqs.call("SendMessageBatch", {"QueueUrl": self.queue_url, "Entries": entries})
        except SqsCallError as error:
            return [self._problem(str(error))] * len(messages)
        why = {entry["Id"]: f"{entry.get('Code')}: {entry.get('Message')}" for entry in answer.get("Failed", ())}
        taken = {entry["Id"] for entry in answer.get("Successful", ())}
        ids = [entry["Id"] for entry in entries]
        return ["" if one in taken else self._problem(why.get(one, "its answer does not name it")) for one in ids]

    def _problem(self, why: str) -> str:
        return f"the queue {self.queue_url} did not take the message: {why}"


def _batches(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """Yield the messages in order, in groups that SendMessageBatch takes."""
    batch: list[Message] = []
    size = 0
    for message in messages:
        more = message.size()
        if batch and (len(batch) == BATCH_MESSAGES or size + more > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += more
    if batch:
        yield batch


def connect(queue_url: str) -> Outbox:
    """Return an outbox on `queue_url`; endpoint, region and credentials come from the environment, as on Lambda."""
    return Outbox(SqsConnection.of(os.environ, queue_url), queue_url)
