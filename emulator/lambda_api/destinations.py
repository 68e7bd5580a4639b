"""Delivers the records of ended events to their destinations, which are queues."""

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
class Delivery:
    """Sends records. A record is retried if its queue does not accept it; a lost record is in the log."""

    queues: Queues
    stopping: asyncio.Event  #: ends the retries

    async def send(self, queue: str, record: Mapping[str, Any]) -> None:
        """Send a record until the queue accepts it; a program may still create the queue."""
        body, context = json.dumps(record, separators=(",", ":")), record["requestContext"]
        description = f"the record of the Event invocation {context['requestId']}"
        end = asyncio.get_running_loop().time() + KEPT_S
        tries = 0
        while (error := await self._try(queue, body)) is not None:
            last = self.stopping.is_set() or asyncio.get_running_loop().time() >= end
            if last or isinstance(error, QueueRefusedError):
                function = resource_name(context["functionArn"].removesuffix(f":{LATEST}"))
                lost = "the record of %s's Event invocation is lost, because %s did not accept it: %s; it was %s"
                log.error(lost, function, queue, _why(queue, error), json.dumps(context))
                return
            if not tries:
                log.warning("%s cannot be sent to %s yet: %s; trying again", description, queue, _why(queue, error))
            await self._pause(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
            tries += 1
        if tries:
            log.warning("%s was sent to %s", description, queue)

    async def _try(self, queue: str, body: str) -> QueueError | None:
        try:
            await self.queues.send(queue, body)
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
