"""Delivers what asynchronous invocations send at their end: records to destinations, events to dead-letter queues."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.aws.arns import resource_name
from emulator.aws.identifiers import LATEST
from emulator.aws.limits import EVENT_AGE_S
from emulator.queues import QueueError, QueueMissingError, QueueRefusedError, Queues

log = logging.getLogger(__name__)

PAUSES_S = (0.5, 1.0, 2.0, 5.0)  #: pauses between attempts; the last one repeats
KEPT_S = EVENT_AGE_S.high  #: how long a record is retried: as long as Lambda keeps an event at most


@dataclass(frozen=True, slots=True)
class EndMessage:
    """A message about an event that has ended."""

    body: str
    what: str  #: for the log, such as "the record"
    function: str
    request_id: str
    details: str  #: what the log says about a lost message
    attributes: Mapping[str, Any] | None = None  #: in SendMessage's format

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "EndMessage":
        """Return the message for a destination."""
        context = record["requestContext"]
        function = resource_name(context["functionArn"].removesuffix(f":{LATEST}"))
        body = json.dumps(record, separators=(",", ":"))
        return cls(body, "the record", function, context["requestId"], json.dumps(context))


@dataclass(frozen=True, slots=True)
class Delivery:
    """Sends messages. A message is retried if its queue does not accept it; a lost message is in the log."""

    queues: Queues
    stopping: asyncio.Event  #: ends the retries

    async def send(self, queue: str, message: EndMessage) -> None:
        """Send a message until the queue accepts it; a program may still create the queue."""
        description = f"{message.what} of the Event invocation {message.request_id}"
        end = asyncio.get_running_loop().time() + KEPT_S
        tries = 0
        while (error := await self._try(queue, message)) is not None:
            last = self.stopping.is_set() or asyncio.get_running_loop().time() >= end
            if last or isinstance(error, QueueRefusedError):
                lost = "%s of %s's Event invocation is lost, because %s did not accept it: %s; it was %s"
                log.error(lost, message.what, message.function, queue, _why(queue, error), message.details)
                return
            if not tries:
                log.warning("%s cannot be sent to %s yet: %s; trying again", description, queue, _why(queue, error))
            await self._pause(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
            tries += 1
        if tries:
            log.warning("%s was sent to %s", description, queue)

    async def _try(self, queue: str, message: EndMessage) -> QueueError | None:
        try:
            await self.queues.send(queue, message.body, message.attributes)
        except QueueError as error:
            return error
        return None

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()


def _why(queue: str, error: QueueError) -> str:
    """Return the reason, with the cure for a missing queue."""
    return f"{queue} does not exist; create it" if isinstance(error, QueueMissingError) else str(error)
