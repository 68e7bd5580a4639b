"""The queues of a server that is reached over HTTP: moto, ElasticMQ, or any other that speaks SQS's JSON protocol."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from emulator.aws.limits import MESSAGES_PER_CALL
from emulator.queues.protocol import COUNTS, Depth, Message, QueueError, QueueMissingError
from emulator.queues.sent_messages import SYSTEM, TRACE
from emulator.queues.sqs_json import NoAnswerError
from emulator.resources import Queue

log = logging.getLogger(__name__)

READY_PAUSE_S = 0.1
RETRY_PAUSES_S = (0.1, 0.3, 1.0, 3.0, 5.0)


class Sqs(Protocol):
    """Makes single calls to SQS."""

    async def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Return an operation's answer; raise `QueueError` if there is none."""
        ...


class RemoteQueues:
    """The queues of one server, by their names."""

    def __init__(self, sqs: Sqs, endpoint: str) -> None:
        self._sqs = sqs
        self._endpoint = endpoint
        self._urls: dict[str, str] = {}

    async def wait_until_ready(self, timeout_s: float) -> None:
        """Wait for the server's first answer; raise `QueueError` with the endpoint after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                while not await self._answers():
                    await asyncio.sleep(READY_PAUSE_S)
        except TimeoutError as error:
            raise QueueError(
                f"no SQS server answers at {self._endpoint} within {timeout_s:g} s; is it running?"
            ) from error

    async def receive(self, name: str, *, maximum: int, wait_s: int, visibility_s: int | None = None) -> list[Message]:
        """Wait for up to ten messages with all their attributes."""
        extra = {} if visibility_s is None else {"VisibilityTimeout": visibility_s}
        answer = await self._call(
            "ReceiveMessage",
            name,
            MaxNumberOfMessages=min(maximum, MESSAGES_PER_CALL),
            WaitTimeSeconds=wait_s,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
            **extra,
        )
        return [message for message in answer.get("Messages") or [] if isinstance(message, dict)]

    async def delete(self, name: str, handles: Sequence[str]) -> None:
        """Delete messages, trying again what the server did not delete; gives up in the log after about ten seconds."""
        left = list(handles)
        for pause in (*RETRY_PAUSES_S, None):
            left = await self._batches("DeleteMessageBatch", name, left, {})
            if not left:
                return
            if pause is not None:
                await asyncio.sleep(pause)
        log.error("%s: %d messages were processed and could not be deleted: they will come again", name, len(left))

    async def make_visible(self, name: str, handles: Sequence[str]) -> None:
        """Return received messages to the queue at once."""
        await self.hide(name, handles, 0)

    async def hide(self, name: str, handles: Sequence[str], seconds: int) -> None:
        """Hide received messages for so many seconds from now on."""
        await self._batches("ChangeMessageVisibilityBatch", name, list(handles), {"VisibilityTimeout": seconds})

    async def send(
        self, name: str, body: str, attributes: Mapping[str, Any] | None = None, *, trace_header: str = ""
    ) -> None:
        """Put a message on a queue, with message attributes in SendMessage's format, and with an AWSTraceHeader."""
        more: dict[str, Any] = {"MessageAttributes": attributes} if attributes else {}
        if trace_header:
            more[SYSTEM] = {TRACE: {"DataType": "String", "StringValue": trace_header}}
        await self._call("SendMessage", name, MessageBody=body, **more)

    async def depth(self, name: str) -> Depth:
        """Return how many messages a queue has."""
        answer = await self._call("GetQueueAttributes", name, AttributeNames=list(COUNTS))
        visible, in_flight, delayed = (int(answer["Attributes"].get(count, 0)) for count in COUNTS)
        return Depth(visible, in_flight, delayed)

    async def describe(self, name: str) -> Queue | None:
        """Return a queue's state on the server, whoever created it; None if it does not exist."""
        self._urls.pop(name, None)
        try:
            answer = await self._call("GetQueueAttributes", name, AttributeNames=["All"])
        except QueueMissingError:
            return None
        return Queue.read_attributes(name, answer["Attributes"])

    async def _answers(self) -> bool:
        try:
            await self._sqs.call("ListQueues", MaxResults=1)
        except NoAnswerError:
            return False
        except QueueError:
            return True  # an SQS error is also an answer: the server runs
        return True

    async def _arn(self, name: str) -> str:
        answer = await self._call("GetQueueAttributes", name, AttributeNames=["QueueArn"])
        return str(answer["Attributes"]["QueueArn"])

    async def _url(self, name: str) -> str:
        if name not in self._urls:
            self._urls[name] = (await self._sqs.call("GetQueueUrl", QueueName=name))["QueueUrl"]
        return self._urls[name]

    async def _batches(self, operation: str, name: str, handles: list[str], fields: Mapping[str, Any]) -> list[str]:
        """Apply a batch operation to ten handles at a time; return the handles to retry."""
        left: list[str] = []
        for start in range(0, len(handles), MESSAGES_PER_CALL):
            part = handles[start : start + MESSAGES_PER_CALL]
            entries = [{"Id": str(index), "ReceiptHandle": handle, **fields} for index, handle in enumerate(part)]
            try:
                answer = await self._call(operation, name, Entries=entries)
            except QueueError as error:
                log.debug("%s", error)
                left += part
                continue
            # A retry cannot cure a sender's fault, such as an expired handle.
            left += [part[int(failed["Id"])] for failed in answer.get("Failed", []) if not failed.get("SenderFault")]
        return left

    async def _call(self, operation: str, name: str, **arguments: Any) -> Any:
        try:
            return await self._sqs.call(operation, QueueUrl=await self._url(name), **arguments)
        except QueueMissingError:
            self._urls.pop(name, None)  # the queue may have another URL after it is created again
            raise
