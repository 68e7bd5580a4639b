"""Sends records and dead letters, and tries again until their queue or function accepts them (RT-08)."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from emulator.aws.arns import read_queue
from emulator.aws.limits import EVENT_AGE_S
from emulator.event_invocations.accepted_event import UnreadableTextError
from emulator.event_invocations.deliveries import Delivery
from emulator.queues import QueueError, QueueMissingError, QueueRefusedError, SendableQueues
from emulator.queues.embedded.internal_queues import InternalQueues, Taken

log = logging.getLogger(__name__)

DELIVERIES = "deliveries"  #: the internal queue
AT_ONCE = 10
PAUSES_S = (0.5, 1.0, 2.0, 5.0)  #: between attempts; the last one repeats
KEPT_S = EVENT_AGE_S.high  #: how long a delivery is tried: as long as Lambda keeps an event at most
OUTAGE_PAUSE_S = 0.5

#: accepts a delivery as an event of the function that is its target; raises `QueueError` if it is not taken
SendToFunction = Callable[[Delivery], Awaitable[None]]


@dataclass(slots=True)
class DeliverySender:
    """Sends the deliveries of the internal queue. A delivery that is not accepted stays there, also over a restart."""

    kept: InternalQueues
    queues: SendableQueues
    to_function: SendToFunction
    clock: Callable[[], float] = time.time
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._turns.acquire()
            try:
                taken = await self.kept.take(DELIVERIES)
            except QueueError as error:
                log.warning("records and dead letters of events wait: %s", error)
                taken = None
                await asyncio.sleep(OUTAGE_PAUSE_S)
            except asyncio.CancelledError:
                self._turns.release()
                raise
            if taken is None:
                self._turns.release()
                continue
            task = asyncio.ensure_future(self._send(taken))
            self._tasks.add(task)
            task.add_done_callback(self._sent)

    async def send_last(self) -> None:
        """Try each delivery that is due once more, and return when all have ended."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        while taken := await self.kept.take(DELIVERIES, wait_s=0):
            await self._send(taken)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._turns.release()

    async def _send(self, taken: Taken) -> None:
        """Send one delivery. Put it back if it may be accepted later; otherwise give it up and log that."""
        try:
            delivery = Delivery.from_text(taken.text)
        except UnreadableTextError as unreadable:
            log.warning("a record or dead letter cannot be read (%s); it stays in the file for events", unreadable)
            return
        name = delivery.target_name
        try:
            error = await self._try(delivery)
            if error is None and taken.times > 1:
                log.warning("%s was sent to %s", delivery.description, name)
            elif error is not None:
                why = f"{name} does not exist; create it" if isinstance(error, QueueMissingError) else str(error)
                if not isinstance(error, QueueRefusedError) and self.clock() < delivery.begun_at + KEPT_S:
                    if taken.times == 1:
                        log.warning("%s cannot be sent to %s yet: %s; trying again", delivery.description, name, why)
                    await self.kept.put_back(taken, delay_s=PAUSES_S[min(taken.times, len(PAUSES_S)) - 1])
                    return
                lost = "%s is lost, because %s did not accept it: %s; it was %s"
                log.error(lost, delivery.description, name, why, delivery.details)
            await self.kept.delete(taken)
        except QueueError as error:  # the next run finds it
            log.warning("%s may be sent twice: %s", delivery.description, error)

    async def _try(self, delivery: Delivery) -> QueueError | None:
        try:
            if read_queue(delivery.target) is None:
                await self.to_function(delivery)
            else:
                header = delivery.trace_header
                await self.queues.send(delivery.target_name, delivery.body, delivery.attributes, trace_header=header)
        except QueueError as error:
            return error
        return None
