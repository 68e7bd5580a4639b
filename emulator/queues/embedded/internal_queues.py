"""Queues for the emulator's own work, in an account that no program reaches; kept like the queues of programs."""

import contextlib
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.aws.arns import Arns
from emulator.aws.limits import RECEIVE_WAIT_S, RETENTION_S, VISIBILITY_TIMEOUT_S
from emulator.queues.embedded.errors import SqsError
from emulator.queues.embedded.message_queue import MessageQueue
from emulator.queues.embedded.opening import Clock, open_queues
from emulator.queues.embedded.queue_attributes import QueueAttributes
from emulator.queues.embedded.service import EmbeddedSqs
from emulator.queues.protocol import QueueError
from emulator.resources.queue import MAXIMUM_SIZE, RETENTION

MESSAGE_BYTES = 1 << 28  #: larger than any text that is put there: SQS's limit is one for programs
_ATTRIBUTES = {MAXIMUM_SIZE: str(MESSAGE_BYTES), RETENTION: str(RETENTION_S.high)}


class QueuesFullError(QueueError):
    """The queues accept no more texts, because all texts together have reached the limit of bytes."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A text that was taken from a queue. It is kept until it is deleted, and comes again after a restart."""

    queue: str
    text: str
    handle: str
    times: int  #: how often it has been taken, this time included


class InternalQueues:
    """Queues of texts; a queue exists while it has a text. Calls raise `QueueError` if a change cannot be stored."""

    def __init__(self, sqs: EmbeddedSqs, clock: Clock, maximum_bytes: int) -> None:
        self._sqs = sqs
        self._clock = clock
        self._maximum_bytes = maximum_bytes  #: of all texts together, above which `put_if_room` refuses more

    def names(self) -> list[str]:
        """Return the queues that have texts."""
        return [name for name, queue in self._sqs.account.queues.items() if queue.messages]

    def count(self, queue: str) -> int:
        """Return how many texts a queue has, taken and delayed ones included."""
        found = self._sqs.account.queues.get(queue)
        return len(found.messages) if found else 0

    async def put_if_room(self, queue: str, text: str) -> None:
        """Put a text into a queue. Raises `QueuesFullError` if all texts together would have too many bytes."""
        if self._sqs.account.stored_bytes() + len(text) > self._maximum_bytes:
            raise QueuesFullError(f"they have {self._maximum_bytes >> 20} MiB, which is the most that is kept")
        await self.put(queue, text)

    async def put(self, queue: str, text: str, *, delay_s: float = 0.0) -> None:
        """Put a text into a queue, from which it can be taken after a delay."""
        self._make(queue)
        await self._call("SendMessage", queue, MessageBody=text, DelaySeconds=delay_s)

    async def take(self, queue: str, *, wait_s: int = RECEIVE_WAIT_S.high) -> Taken | None:
        """Take the next text, after a wait if there is none yet. A cancelled call takes nothing."""
        self._make(queue)
        answer = await self._call(
            "ReceiveMessage",
            queue,
            WaitTimeSeconds=wait_s,
            VisibilityTimeout=VISIBILITY_TIMEOUT_S.high,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        for message in answer.get("Messages", ()):
            times = int(message["Attributes"]["ApproximateReceiveCount"])
            return Taken(queue, message["Body"], message["ReceiptHandle"], times)
        return None

    async def delete(self, taken: Taken) -> None:
        """Delete a text."""
        await self._call("DeleteMessage", taken.queue, ReceiptHandle=taken.handle)

    async def put_back(self, taken: Taken, *, delay_s: float = 0.0) -> None:
        """Put a text back as it is."""
        handle = {"ReceiptHandle": taken.handle, "VisibilityTimeout": delay_s}
        await self._call("ChangeMessageVisibility", taken.queue, **handle)

    async def replace(self, taken: Taken, text: str, *, delay_s: float) -> None:
        """Replace a taken text by another one. If the process is killed meanwhile, both remain, and never none."""
        await self.put(taken.queue, text, delay_s=delay_s)
        await self.delete(taken)

    def _make(self, name: str) -> None:
        account = self._sqs.account
        if name not in account.queues:
            now = self._clock()
            account.queues[name] = MessageQueue(name, QueueAttributes(False, _ATTRIBUTES), now, now, account.changes)
            account.note(account.queues[name])

    async def _call(self, operation: str, queue: str, **parameters: Any) -> Mapping[str, Any]:
        try:
            return await self._sqs.call(operation, {"QueueUrl": queue, **parameters})
        except SqsError as error:
            raise QueueError(error.message) from error


@contextlib.asynccontextmanager
async def open_internal_queues(
    path: Path | None, clock: Clock, *, maximum_bytes: int, wait_for_disk: bool = False
) -> AsyncIterator[InternalQueues]:
    """Yield the queues of a file, or empty ones in memory. Texts that an earlier run had taken can be taken again."""
    async with open_queues(path, Arns(), wait_for_disk=wait_for_disk, clock=clock) as sqs:
        sqs.account.maximum_bytes = sys.maxsize
        now = clock()
        for queue in sqs.account.queues.values():
            for message in list(queue.messages.values()):
                if message.in_flight:
                    queue.hide(message, now, now)
        yield InternalQueues(sqs, clock, maximum_bytes)
