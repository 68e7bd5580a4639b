"""SQS's operations on messages: send, delete, change the visibility, and receive without waiting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.aws.limits import DELAY_S, MESSAGE_BYTES, RECEIVE_WAIT_S, VISIBILITY_TIMEOUT_S, Range
from emulator.queues.embedded.batches import Entry, apply_each, read_entries
from emulator.queues.embedded.errors import INVALID_PARAMETER_VALUE, SqsError, invalid_value
from emulator.queues.embedded.message_answers import Wanted, answer_message, sequence_number
from emulator.queues.embedded.message_queue import MessageQueue
from emulator.queues.embedded.message_rules import (
    check_for_fifo,
    check_for_standard,
    check_size,
    is_id,
    read_content,
)
from emulator.queues.embedded.queue_account import QueueAccount
from emulator.queues.embedded.receipts import read_handle
from emulator.queues.embedded.stored_message import BeforeReceive, Content, StoredMessage
from emulator.resources.queue import MAXIMUM_SIZE, VISIBILITY_TIMEOUT

Parameters = Mapping[str, Any]

DELAY, WAIT, CONTENT_BASED = "DelaySeconds", "ReceiveMessageWaitTimeSeconds", "ContentBasedDeduplication"
_GONE = "Message does not exist or is not available for visibility timeout change."
_EXPIRED = "The receipt handle has expired."


@dataclass(frozen=True, slots=True)
class ReceiveResult:
    """The result of a receive: the answer, and the earlier states with which the receive can be undone."""

    answer: dict[str, Any]
    queue: MessageQueue
    before: Sequence[BeforeReceive]


@dataclass(frozen=True, slots=True)
class Receive:
    """The checked parameters of a ReceiveMessage."""

    queue: MessageQueue
    limit: int
    visibility_s: int
    wait_s: int
    wanted: Wanted
    attempt: str  #: ReceiveRequestAttemptId; empty without one


@dataclass(frozen=True, slots=True)
class MessageOperations:
    """The operations, named as in botocore's model. Each takes its parameters and the current time."""

    account: QueueAccount

    def SendMessage(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Put one message on a queue."""
        queue = self.account.queue(parameters["QueueUrl"])
        self._check_for_type(queue, parameters)
        return self._send(queue, parameters, self._content(queue, parameters), now)

    def SendMessageBatch(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Put up to ten messages on a queue, in their order."""
        queue, entries = self.account.queue(parameters["QueueUrl"]), read_entries(parameters)
        for entry in entries:
            self._check_for_type(queue, entry, missing=INVALID_PARAMETER_VALUE)
        content_based = _is_content_based(queue)
        read: dict[str, Content | SqsError] = {}
        for entry in entries:
            try:
                read[entry["Id"]] = read_content(entry, content_based=content_based)
            except SqsError as error:
                read[entry["Id"]] = error
        size = sum(content.size_bytes for content in read.values() if isinstance(content, Content))
        if size > MESSAGE_BYTES.high:
            problem = f"Batch requests cannot be longer than {MESSAGE_BYTES.high} bytes. You have sent {size} bytes."
            raise SqsError("BatchRequestTooLong", problem)

        def send(entry: Entry) -> Mapping[str, Any]:
            content = read[entry["Id"]]
            if isinstance(content, SqsError):
                raise content
            check_size(content, queue.attributes.number(MAXIMUM_SIZE))
            return self._send(queue, entry, content, now)

        return apply_each(entries, send)

    def DeleteMessage(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Delete a message by its receipt handle."""
        self._delete(self.account.queue(parameters["QueueUrl"]), parameters["ReceiptHandle"], now)
        return {}

    def DeleteMessageBatch(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Delete up to ten messages."""
        queue = self.account.queue(parameters["QueueUrl"])

        def delete(entry: Entry) -> Mapping[str, Any]:
            self._delete(queue, entry["ReceiptHandle"], now)
            return {}

        return apply_each(read_entries(parameters), delete)

    def ChangeMessageVisibility(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Set how long, from now on, a received message stays hidden."""
        self._change_visibility(self.account.queue(parameters["QueueUrl"]), parameters, now)
        return {}

    def ChangeMessageVisibilityBatch(self, parameters: Parameters, now: float) -> dict[str, Any]:
        """Set how long up to ten received messages stay hidden."""
        queue = self.account.queue(parameters["QueueUrl"])

        def change(entry: Entry) -> Mapping[str, Any]:
            self._change_visibility(queue, entry, now)
            return {}

        return apply_each(read_entries(parameters), change)

    def read_receive(self, parameters: Parameters) -> Receive:
        """Check the parameters of a ReceiveMessage."""
        queue = self.account.queue(parameters["QueueUrl"])
        attempt = parameters.get("ReceiveRequestAttemptId") or ""
        if attempt and not is_id(attempt):
            raise invalid_value("ReceiveRequestAttemptId", attempt, "1 to 128 letters, digits and punctuation.")
        visibility_s = parameters.get("VisibilityTimeout")
        wait_s = parameters.get("WaitTimeSeconds")
        limit = parameters.get("MaxNumberOfMessages", 1)
        if not 1 <= limit <= 10:
            raise invalid_value("MaxNumberOfMessages", limit, "Must be between 1 and 10, if provided.")
        _check_optional("VisibilityTimeout", visibility_s, VISIBILITY_TIMEOUT_S)
        _check_optional("WaitTimeSeconds", wait_s, RECEIVE_WAIT_S)
        return Receive(
            queue,
            limit,
            visibility_s=queue.attributes.number(VISIBILITY_TIMEOUT) if visibility_s is None else visibility_s,
            wait_s=queue.attributes.number(WAIT) if wait_s is None else wait_s,
            wanted=Wanted.read(parameters),
            attempt=attempt if queue.fifo else "",
        )

    def receive(self, call: Receive, now: float) -> ReceiveResult | None:
        """Receive the messages that are visible now; return None if there are none."""
        queue = call.queue
        before: Sequence[BeforeReceive] = ()
        if call.attempt and (messages := queue.attempts.find(call.attempt, now)):
            for message in messages:
                queue.hide(message, now + call.visibility_s, now)
        else:
            before = self.account.receive(queue, call.limit, visibility_s=call.visibility_s, now=now)
            messages = [state.message for state in before]
        if not messages:
            return None
        if call.attempt:
            queue.attempts.keep(call.attempt, messages, now)
        answer = {"Messages": [answer_message(message, call.wanted, self.account.arns) for message in messages]}
        return ReceiveResult(answer, queue, before)

    def _check_for_type(self, queue: MessageQueue, parameters: Parameters, **codes: str) -> None:
        if queue.fifo:
            check_for_fifo(parameters, content_based=_is_content_based(queue), **codes)
        else:
            check_for_standard(parameters)

    def _content(self, queue: MessageQueue, parameters: Parameters) -> Content:
        content = read_content(parameters, content_based=_is_content_based(queue))
        check_size(content, queue.attributes.number(MAXIMUM_SIZE))
        return content

    def _send(self, queue: MessageQueue, parameters: Parameters, content: Content, now: float) -> dict[str, Any]:
        delay_s = parameters.get(DELAY) if not queue.fifo else None
        if delay_s is None:
            delay_s = queue.attributes.number(DELAY)
        elif not DELAY_S.low <= delay_s <= DELAY_S.high:
            raise invalid_value(DELAY, delay_s, f"{DELAY} must be >= {DELAY_S.low} and <= {DELAY_S.high}.")
        message = self.account.send(queue, content, delay_s=delay_s, now=now)
        answer = {"MessageId": message.id, "MD5OfMessageBody": content.body_md5}
        if content.attributes_md5:
            answer["MD5OfMessageAttributes"] = content.attributes_md5
        if content.trace_header:
            answer["MD5OfMessageSystemAttributes"] = content.system_attributes_md5
        if queue.fifo:
            answer["SequenceNumber"] = sequence_number(message.key)
        return answer

    def _delete(self, queue: MessageQueue, handle: str, now: float) -> None:
        """Delete a message.

        For an outdated handle, a standard queue reports success and keeps the message; a FIFO queue refuses the call.
        """
        receipt = read_handle(handle, queue.name)
        queue.advance(now)
        message = queue.messages.get(receipt.key)
        if message is None:
            return
        if queue.fifo and not _is_current(message, receipt.number):
            raise invalid_value("ReceiptHandle", handle, _EXPIRED)
        if message.receipt == receipt.number:
            queue.leave(message)

    def _change_visibility(self, queue: MessageQueue, parameters: Parameters, now: float) -> None:
        handle, seconds = parameters["ReceiptHandle"], parameters.get("VisibilityTimeout", 0)
        receipt = read_handle(handle, queue.name)
        if not VISIBILITY_TIMEOUT_S.low <= seconds <= VISIBILITY_TIMEOUT_S.high:
            reason = f"Must be between {VISIBILITY_TIMEOUT_S.low} and {VISIBILITY_TIMEOUT_S.high}, if provided."
            raise invalid_value("VisibilityTimeout", seconds, reason)
        queue.advance(now)
        message = queue.messages.get(receipt.key)
        if message is None or message.receipt != receipt.number:
            raise invalid_value("ReceiptHandle", handle, _GONE)
        if queue.fifo and not message.in_flight:
            raise invalid_value("ReceiptHandle", handle, _EXPIRED)
        if now + seconds - message.received_at > VISIBILITY_TIMEOUT_S.high:
            reason = (
                f"Total VisibilityTimeout for the message is beyond the limit [{VISIBILITY_TIMEOUT_S.high} seconds]"
            )
            raise invalid_value("VisibilityTimeout", seconds, reason)
        queue.hide(message, now + seconds, now)


def _is_current(message: StoredMessage, receipt: int) -> bool:
    """Return whether the receive of this handle is the message's latest, and the message is still in flight."""
    return message.in_flight and message.receipt == receipt


def _is_content_based(queue: MessageQueue) -> bool:
    return queue.fifo and queue.attributes.text(CONTENT_BASED) == "true"


def _check_optional(name: str, value: int | None, limits: Range) -> None:
    if value is not None and not limits.low <= value <= limits.high:
        raise invalid_value(name, value, f"Must be >= {limits.low} and <= {limits.high}, if provided.")
