"""Takes the events of a function one after another, when an environment can take one, and acts on the outcomes."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.aws.arns import Arns
from emulator.aws.identifiers import version_key
from emulator.event_invocations.accepted_event import AcceptedEvent, Attempt, UnreadableTextError
from emulator.event_invocations.deliveries import deliveries
from emulator.event_invocations.delivery_sender import DELIVERIES
from emulator.event_invocations.next_step import Again, Condition, EventEnd, Waits, after_attempt, before_attempt
from emulator.invocation import BatchInvoker, OutcomeKind
from emulator.queues import QueueError
from emulator.queues.embedded.internal_queues import InternalQueues, Taken
from emulator.resources import EventInvokeConfig, Function
from emulator.stack.live import LiveResources

log = logging.getLogger(__name__)

OUTAGE_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class EventRules:
    """What the treatment of a function's events depends on: the current resources, and the waits."""

    functions: LiveResources[Function]
    configs: Mapping[str, EventInvokeConfig]  #: by `EventInvokeConfig.key`; Lambda's defaults apply to the others
    arns: Arns
    waits: Waits = Waits()
    clock: Callable[[], float] = time.time  #: seconds since 1970

    def config(self, event: AcceptedEvent) -> EventInvokeConfig:
        """Return the configuration of the function, version or alias that the caller named, or Lambda's defaults."""
        return self.configs.get(version_key(event.function, event.qualifier)) or EventInvokeConfig(event.function)


@dataclass(slots=True)
class FunctionEvents:
    """Makes the invocations of accepted events. At most one event of each function waits for an environment."""

    kept: InternalQueues
    invoker: BatchInvoker
    rules: EventRules
    _attempts: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, queue: str) -> None:
        """Take the events of a queue until it is empty. If this is cancelled, an event that waits is put back."""
        while self.kept.count(queue):
            try:
                taken = await self.kept.take(queue)
            except QueueError as error:
                log.warning("%s wait: %s", queue, error)
                await asyncio.sleep(OUTAGE_PAUSE_S)
                continue
            if taken is None:
                continue
            if event := _read(taken):
                await self._begin(taken, event)

    async def _begin(self, taken: Taken, event: AcceptedEvent) -> None:
        """Begin an attempt when an environment can take it."""
        try:
            await self._wait_for_room(event)
        except asyncio.CancelledError:
            self._keep(self._put_back(taken))
            raise
        batch = contextlib.ExitStack()
        batch.enter_context(self.invoker.batch(event.target))  # now: room is counted without it
        self._keep(self._attempt(taken, event, batch))

    async def drain(self) -> None:
        """Wait for the end of the attempts in flight."""
        while self._attempts:
            await asyncio.wait(set(self._attempts))

    def cancel(self) -> None:
        """Cancel the attempts in flight."""
        for task in self._attempts:
            task.cancel()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._attempts.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._attempts.discard(task)
        if not task.cancelled() and task.exception():
            log.error("an Event invocation ended unexpectedly; it comes again", exc_info=task.exception())

    async def _wait_for_room(self, event: AcceptedEvent) -> None:
        """Wait until an environment can take the event, or until the event has become too old."""
        function = self.rules.functions.get(event.function)
        left_s = self.rules.config(event).maximum_age_s - event.age_s(self.rules.clock())
        if function and function.reserved_concurrency == 0:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(left_s, 0.0)):
                await self.invoker.room_for_batch(event.target)

    async def _attempt(self, taken: Taken, event: AcceptedEvent, batch: contextlib.ExitStack) -> None:
        """Make one attempt, and store its consequence."""
        with batch:
            function, config = self.rules.functions.get(event.function), self.rules.config(event)
            if function is None:
                await self._put_back(taken)
                return
            if condition := before_attempt(event, config, function, self.rules.clock()):
                await self._finish(taken, EventEnd(event, condition), config, function)
                return
            outcome = await self.invoker.invoke(event.invocation())
        if outcome.kind is OutcomeKind.NOT_STARTED:  # the function was removed
            await self._put_back(taken)
            return
        config, now, waits = self.rules.config(event), self.rules.clock(), self.rules.waits
        step = after_attempt(event, Attempt.of(outcome), config, now=now, waits=waits)
        if isinstance(step, EventEnd):
            await self._finish(taken, step, config, function)
        else:
            await self._try_again(taken, step)

    async def _try_again(self, taken: Taken, step: Again) -> None:
        if not step.event.throttles:
            log.warning("%s; again in %g s", _failure(step.event), step.wait_s)
        await self._until_kept(lambda: self.kept.replace(taken, step.event.to_text(), delay_s=step.wait_s))

    async def _put_back(self, taken: Taken) -> None:
        await self._until_kept(lambda: self.kept.put_back(taken))

    async def _finish(self, taken: Taken, ended: EventEnd, config: EventInvokeConfig, function: Function) -> None:
        """End an event: store the records that are to be sent, and then delete the event."""
        leaving = list(deliveries(ended, config, function, arns=self.rules.arns, now=self.rules.clock()))
        if ended.condition is not Condition.SUCCESS:
            receivers = "".join(f"; {delivery.target_name} gets {delivery.what}" for delivery in leaving)
            log.error("%s; it is dropped (%s)%s", _failure(ended.event), ended.condition.value, receivers)
        for delivery in leaving:
            await self._until_kept(lambda: self.kept.put(DELIVERIES, delivery.to_text()))  # noqa: B023  # awaited here
        await self._until_kept(lambda: self.kept.delete(taken))

    async def _until_kept(self, change: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Make a change, and try again as long as the disk is full."""
        while True:
            try:
                await change()
            except QueueError as error:
                log.warning("the end of an Event invocation cannot be stored yet: %s", error)
                await asyncio.sleep(OUTAGE_PAUSE_S)
            else:
                return


def _read(taken: Taken) -> AcceptedEvent | None:
    """Return the event that was taken; one that cannot be read is kept, and holds up no other."""
    try:
        return AcceptedEvent.from_text(taken.text)
    except UnreadableTextError as error:
        log.warning("an event in %s cannot be read (%s); it stays in the file for events", taken.queue, error)
        return None


def _failure(event: AcceptedEvent) -> str:
    why = event.last.reason if event.last else "it was never called"
    return f"{event.function}: an Event invocation failed ({why}, RequestId {event.request_id})"
