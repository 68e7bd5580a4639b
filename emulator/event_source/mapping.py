"""One event source mapping at work: receive → batch → invoke → settle."""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from emulator.event_source.concurrency import Concurrency
from emulator.event_source.records import encode_event, encode_record, split_by_size, to_record
from emulator.event_source.settle import SettlePlan, Verdict, settle
from emulator.invocation import Invocation, Invoker
from emulator.queues import LONG_POLL_S, Message, QueueError, QueueMissingError
from emulator.resources import EventSourceMapping

log = logging.getLogger(__name__)

THROTTLE_PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0)
OUTAGE_PAUSE_S = 0.5
CAPACITY_PAUSE_S = 0.2
WINDOW_VISIBILITY_S = 30  #: added to window and timeout where the queue's own visibility is shorter (ES-12)


class SourceQueues(Protocol):
    """What a mapping does with queues."""

    async def receive(self, name: str, *, maximum: int, wait_s: int, visibility_s: int | None = None) -> list[Message]:
        """Long-poll."""
        ...

    async def delete(self, name: str, handles: Sequence[str]) -> None:
        """Delete what was processed, with retries."""
        ...

    async def make_visible(self, name: str, handles: Sequence[str]) -> None:
        """Return messages at once."""
        ...

    async def create(self) -> None:
        """Create the template's queues anew."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """What a mapping needs to know of its two ends."""

    queue_arn: str
    region: str
    visibility_timeout_s: int  #: the queue's
    function_timeout_s: int


@dataclass(slots=True)
class Poller:
    """Runs one mapping until it is stopped."""

    mapping: EventSourceMapping
    source: Source
    queues: SourceQueues
    invoker: Invoker
    clock: Callable[[], float] = time.monotonic
    concurrency: Concurrency = field(init=False)
    _batches: set[asyncio.Task[None]] = field(default_factory=set)
    _done: asyncio.Event = field(default_factory=asyncio.Event)
    _outage: bool = False

    def __post_init__(self) -> None:
        self.concurrency = Concurrency(self.mapping.maximum_concurrency)

    async def run(self, stopping: asyncio.Event) -> None:
        """Poll until `stopping` is set, then finish the batches in flight; whoever cannot wait cancels."""
        stop = asyncio.ensure_future(stopping.wait())
        try:
            while not stopping.is_set():
                await self._capacity()
                poll = asyncio.ensure_future(self._poll())
                await asyncio.wait({poll, stop}, return_when=asyncio.FIRST_COMPLETED)
                if not poll.done():
                    poll.cancel()
                    await asyncio.gather(poll, return_exceptions=True)
            while self._batches:
                await asyncio.wait(self._batches)
        finally:
            stop.cancel()
            for batch in self._batches:
                batch.cancel()
            await asyncio.gather(*self._batches, return_exceptions=True)

    async def _capacity(self) -> None:
        """Wait until another batch may be in flight: capacity comes before messages, which would age meanwhile."""
        while not self.concurrency.allows(len(self._batches), self.clock()):
            self._done.clear()
            try:
                async with asyncio.timeout(CAPACITY_PAUSE_S):
                    await self._done.wait()
            except TimeoutError:
                continue

    async def _poll(self) -> None:
        try:
            messages = await self._receive_batch()
        except QueueMissingError:
            log.warning("%s is gone: its server was started anew; creating the queues again", self.mapping.queue)
            await self._recreate()
            return
        except QueueError as error:
            if not self._outage:
                log.warning("%s cannot be polled, trying again until it can: %s", self.mapping.queue, error)
            self._outage = True
            await asyncio.sleep(OUTAGE_PAUSE_S)
            return
        if self._outage:
            log.warning("%s can be polled again", self.mapping.queue)
            self._outage = False
        if messages:
            task = asyncio.ensure_future(self._process(messages))
            self._batches.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._batches.discard(task)
        self._done.set()
        if not task.cancelled() and task.exception():
            log.error(
                "%s: a batch ended unexpectedly; its messages come back", self.mapping.queue, exc_info=task.exception()
            )

    async def _recreate(self) -> None:
        try:
            await self.queues.create()
        except QueueError as error:
            log.warning("the queues could not be created: %s", error)
            await asyncio.sleep(OUTAGE_PAUSE_S)

    async def _receive_batch(self) -> list[Message]:
        """Return the next batch: at once without a window, else when it is full or its window over (ES-11)."""
        size, window = self.mapping.batch_size, self.mapping.batch_window_s
        messages = await self._receive(size, LONG_POLL_S)
        if not messages or not window:
            return messages
        end = self.clock() + window
        try:
            while len(messages) < size and (left := end - self.clock()) > 0:
                more = await self._receive(size - len(messages), min(LONG_POLL_S, int(left) + 1))
                messages += more
        except (asyncio.CancelledError, QueueError):
            # We stop, or cannot go on: what waits in the window goes back. On AWS a poller does not just end.
            await asyncio.shield(self.queues.make_visible(self.mapping.queue, [m["ReceiptHandle"] for m in messages]))
            raise
        return messages

    async def _receive(self, maximum: int, wait_s: int) -> list[Message]:
        return await self.queues.receive(
            self.mapping.queue, maximum=maximum, wait_s=wait_s, visibility_s=self._visibility_s()
        )

    def _visibility_s(self) -> int | None:
        """Return the visibility to ask for, None for the queue's own (ES-12)."""
        window, timeout = self.mapping.batch_window_s, self.source.function_timeout_s
        if window and window + timeout > self.source.visibility_timeout_s:
            return window + timeout + WINDOW_VISIBILITY_S
        return None

    async def _process(self, messages: list[Message]) -> None:
        deadline = self.clock() + (self._visibility_s() or self.source.visibility_timeout_s)
        records = [
            encode_record(to_record(m, queue_arn=self.source.queue_arn, region=self.source.region)) for m in messages
        ]
        for part in split_by_size([len(record) for record in records]):
            await self._invoke([messages[i] for i in part], [records[i] for i in part], deadline)

    async def _invoke(self, messages: list[Message], records: list[bytes], deadline: float) -> None:
        """Call the function with one event and settle it; throttled ones again, while the messages are ours (ES-22)."""
        payload = encode_event(records)
        attempt = 0
        while True:
            invocation = Invocation(self.mapping.function, str(uuid.uuid4()), payload, _trace_id(messages))
            outcome = await self.invoker.invoke(invocation)
            plan = settle(
                outcome,
                [m["MessageId"] for m in messages],
                report_batch_item_failures=self.mapping.report_batch_item_failures,
            )
            if plan.verdict is not Verdict.THROTTLED:
                break
            self.concurrency.back_off()
            pause = THROTTLE_PAUSES_S[min(attempt, len(THROTTLE_PAUSES_S) - 1)]
            if self.clock() + pause >= deadline:
                break
            attempt += 1
            await asyncio.sleep(pause)
        self._note(plan, invocation, len(messages))
        handles = {m["MessageId"]: m["ReceiptHandle"] for m in messages}
        # Shielded: once the function has succeeded, not even our own end may keep its messages from being deleted.
        await asyncio.shield(self.queues.delete(self.mapping.queue, [handles[i] for i in plan.delete]))

    def _note(self, plan: SettlePlan, invocation: Invocation, count: int) -> None:
        if plan.verdict is Verdict.SUCCEEDED:
            self.concurrency.recover()
        elif plan.verdict is Verdict.FAILED and not self.mapping.report_batch_item_failures:  # ES-27: else no back-off
            self.concurrency.back_off()
        if plan.reason:
            stay = count - len(plan.delete)
            log.warning(
                "%s: %d of %d messages come back after their visibility timeout (%s, RequestId %s)",
                *(self.mapping.queue, stay, count, plan.reason, invocation.request_id),
            )


def _trace_id(messages: Sequence[Message]) -> str:
    headers = [m.get("Attributes", {}).get("AWSTraceHeader", "") for m in messages]
    return headers[0] if len(set(headers)) == 1 else ""
