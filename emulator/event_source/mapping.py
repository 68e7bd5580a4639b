"""Runs one event source mapping: receive → batch → invoke → settle."""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from emulator.aws.trace_header import invocation_header
from emulator.debugging.debugger_state import DebuggerState
from emulator.event_source.batching import Batcher, ReceivedMessage, Source
from emulator.event_source.concurrency import (
    CAPACITY_PAUSE_S,
    QUIET_S,
    THROTTLE_PAUSES_S,
    Batches,
    Concurrency,
)
from emulator.event_source.faulty_batches import FaultyBatches
from emulator.event_source.ignored_status import report_ignored_status
from emulator.event_source.queue_watch import QueueWatch
from emulator.event_source.records import encode_event, split_by_size
from emulator.event_source.recursion import split_recursive
from emulator.event_source.settle import SettlePlan, Verdict, settle
from emulator.event_source.settlement import Settlement
from emulator.event_source.visibility import Visibility
from emulator.events import Emit, MessageBatched, ignore
from emulator.faults.fault_switch import FaultSwitch
from emulator.invocation import BatchInvoker, Invocation
from emulator.queues import PolledQueues, QueueError, QueueMissingError
from emulator.resources import EventSourceMapping

log = logging.getLogger(__name__)

OUTAGE_PAUSE_S = 0.5
MESSAGES_RETURNED = "%s: %d of %d messages become visible again after their visibility timeout (%s, RequestId %s)"


@dataclass(slots=True)
class Poller:
    """Polls for one mapping until it is stopped."""

    mapping: EventSourceMapping
    source: Source
    queues: PolledQueues
    invoker: BatchInvoker
    clock: Callable[[], float] = time.monotonic
    emit: Emit = ignore
    faults: FaultSwitch = field(default_factory=FaultSwitch)
    debugger: DebuggerState | None = None  #: None if the function is not debugged
    may_loop: Callable[[], bool] = lambda: False  #: whether recursive loops of the function are allowed now
    batcher: Batcher = field(init=False)
    settlement: Settlement = field(init=False)
    faulty: FaultyBatches = field(init=False)
    visibility: Visibility = field(init=False)
    watch: QueueWatch = field(init=False)
    concurrency: Concurrency = field(init=False)
    _batches: set[asyncio.Task[None]] = field(default_factory=set)
    _done: asyncio.Event = field(default_factory=asyncio.Event)
    _outage: bool = False
    _last_message: float = field(init=False)  #: when the last message came, by `clock`

    def __post_init__(self) -> None:
        self.batcher = Batcher(self.mapping, self.source, self.queues, self.clock, self.emit)
        self.settlement = Settlement(self.source, self.queues, self.mapping.queue, self.emit, self.clock)
        queue, function = self.mapping.queue, self.mapping.function
        self.faulty = FaultyBatches(self.faults, queue, function, self.invoker, self.emit)
        self.watch = QueueWatch(queue, self.source, self.queues, self.clock)
        self.concurrency = Concurrency.of(self.mapping)
        self.visibility = Visibility(
            self.mapping.queue, self.queues, self.debugger, clock=self.clock, timeout_s=self.batcher.hidden_s
        )
        self._last_message = self.clock()

    async def run(self, stopping: asyncio.Event) -> None:
        """Poll until `stopping` is set, then process the received messages; a caller that cannot wait cancels.

        A poll in progress is awaited as well: SQS counts its messages as received, and at the last receive that
        maxReceiveCount allows, an unprocessed message would go to the dead-letter queue.
        """
        stop = asyncio.ensure_future(stopping.wait())
        try:
            while not stopping.is_set():
                if await self._capacity(stop):
                    await self._poll(stopping)
            while self._batches:
                await asyncio.wait(self._batches)
        finally:
            stop.cancel()
            for batch in self._batches:
                batch.cancel()
            await asyncio.gather(*self._batches, return_exceptions=True)

    def batches(self) -> Batches:
        """Return how many batches are in flight, and the limit."""
        return self.concurrency.batches(len(self._batches))

    async def _capacity(self, stop: asyncio.Future[Any]) -> bool:
        """Wait until another batch may be in flight, and return True; return False if `stop` comes first.

        It waits before it receives messages, because they would age meanwhile. The limits are the mapping's
        concurrency, like on AWS, and the environments that can take a batch here.
        """
        while not stop.done():
            room: asyncio.Future[Any] = asyncio.ensure_future(self.invoker.room_for_batch(self.mapping.target))
            await asyncio.wait({room, stop}, return_when=asyncio.FIRST_COMPLETED)
            if room.done() and self.concurrency.allows(len(self._batches), self.clock()):
                return True
            room.cancel()
            if not stop.done():
                await self._next_end(CAPACITY_PAUSE_S)
        return False

    async def _next_end(self, seconds: float) -> None:
        """Wait for a batch to end, at most this long."""
        self._done.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._done.wait()

    async def _poll(self, stopping: asyncio.Event) -> None:
        try:
            await self.watch.look()
            batch = await self.batcher.next(stopping)
        except QueueMissingError:
            await self._missing()
            return
        except QueueError as error:
            if not self._outage:
                log.warning("%s cannot be polled, and is tried again until it can: %s", self.mapping.queue, error)
            self._outage = True
            await asyncio.sleep(OUTAGE_PAUSE_S)
            return
        except Exception:
            log.exception("%s: a poll ended unexpectedly; its messages become visible again", self.mapping.queue)
            await asyncio.sleep(OUTAGE_PAUSE_S)
            return
        if self._outage:
            log.warning("%s can be polled again", self.mapping.queue)
            self._outage = False
        if batch:
            self._last_message = self.clock()
            task = asyncio.ensure_future(self._process(batch))
            self._batches.add(task)
            task.add_done_callback(self._finished)
        elif self.clock() - self._last_message >= QUIET_S:
            self._last_message = self.clock()
            self.concurrency.rest()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._batches.discard(task)
        self._done.set()
        if not task.cancelled() and task.exception():
            log.error(
                "%s: a batch ended unexpectedly; its messages become visible again",
                self.mapping.queue,
                exc_info=task.exception(),
            )

    async def _missing(self) -> None:
        """Create the template's queues again; wait for any other queue."""
        first, self._outage = not self._outage, True
        if not first:
            await asyncio.sleep(OUTAGE_PAUSE_S)
        if not await self.watch.make_again(first=first):
            await asyncio.sleep(OUTAGE_PAUSE_S)

    async def _process(self, batch: list[ReceivedMessage]) -> None:
        with self.invoker.batch(self.mapping.target):
            async with self.visibility.kept(batch):
                await self._invoke_in_parts(batch)

    async def _invoke_in_parts(self, batch: list[ReceivedMessage]) -> None:
        """Invoke the function with a batch, in several events if it is too large for one.

        After a message of a FIFO queue failed, later messages of its group are not passed to the function: they become
        visible again with it, in order (ES-15). Messages in a recursive loop do not reach the function (ES-47).
        """
        recursive: list[ReceivedMessage] = []
        if not self.may_loop():
            batch, recursive = split_recursive(batch, queue=self.mapping.queue, function=self.mapping.function)
        for message in recursive:
            self.settlement.emit_returned(message, "recursive loop")
        stopped = {message.group for message in recursive if message.group}
        for part in split_by_size([len(message.record) for message in batch]):
            event = [batch[i] for i in part if batch[i].group not in stopped]
            for message in (batch[i] for i in part if batch[i].group in stopped):
                self.settlement.emit_returned(message, "an earlier message of its group failed")
            if event:
                plan = await self._invoke(event)
                stopped |= {message.group for message in event if message.group and message.id not in plan.delete}

    async def _invoke(self, batch: list[ReceivedMessage]) -> SettlePlan:
        """Invoke the function with one event and settle it; repeat a throttled call while messages are hidden (ES-22).

        No call begins after a message's visibility timeout, because someone else may have received the message.
        """
        payload = encode_event([message.record for message in batch])
        trace_id = invocation_header([message.trace_header for message in batch], self.mapping.function)
        invocation = Invocation(
            self.mapping.function, str(uuid.uuid4()), payload, trace_id, qualifier=self.mapping.qualifier
        )
        for message in batch:
            self.emit(MessageBatched(self.mapping.queue, message.id, message.trace_header, invocation.request_id))
        attempt = 0
        while True:
            outcome = await self.invoker.invoke(invocation, within_s=self.visibility.left_s(batch))
            plan = settle(
                outcome,
                [message.id for message in batch],
                report_batch_item_failures=self.mapping.report_batch_item_failures,
            )
            if plan.verdict is not Verdict.THROTTLED:
                break
            self.concurrency.back_off()
            pause = THROTTLE_PAUSES_S[min(attempt, len(THROTTLE_PAUSES_S) - 1)]
            if pause >= self.visibility.left_s(batch):
                break
            attempt += 1
            await asyncio.sleep(pause)
        rule = self.faulty.take(plan)
        plan = await self.faulty.before_settling(rule, plan, self.visibility.left_s(batch))
        self._follow_verdict(plan, invocation, len(batch))
        report_ignored_status(outcome, plan, queue=self.mapping.queue, invocation=invocation, emit=self.emit)
        await self.settlement.carry_out(plan, batch, invocation.request_id)
        await self.faulty.after_settling(rule, invocation, batch)
        return plan

    def _follow_verdict(self, plan: SettlePlan, invocation: Invocation, count: int) -> None:
        self.concurrency.follow(plan.verdict, report_batch_item_failures=self.mapping.report_batch_item_failures)
        if plan.reason:
            queue, returned = self.mapping.queue, count - len(plan.delete)
            log.warning(MESSAGES_RETURNED, queue, returned, count, plan.reason, invocation.request_id)
