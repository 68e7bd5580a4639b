"""Event invocations: accepted at once, made later, tried again twice when the function fails."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from emulator.invocation import Invocation, Invoker, OutcomeKind

log = logging.getLogger(__name__)

#: between tries of a throttled event; on AWS they grow from 1 s to 5 minutes. Throttles use up no retry
THROTTLE_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0)
MAXIMUM_AGE_S = 21_600.0  #: of an event; AWS's default for MaximumEventAgeInSeconds


@dataclass(slots=True)
class Asynchronous:
    """Holds the events that are accepted and not done with; in memory: they end with the emulator."""

    invoker: Invoker
    delays_s: Sequence[float]  #: before each retry
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def accept(self, invocation: Invocation) -> None:
        """Take an event; the caller does not wait."""
        task = asyncio.ensure_future(self._run(invocation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Try nothing again: what waits for a retry is dropped, with an error in the log."""
        self._stopping.set()

    async def drain(self) -> None:
        """Wait for the end of the calls in flight."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _run(self, invocation: Invocation) -> None:
        """Make a call until it succeeds, under the same request id each time, as on AWS."""
        retries = iter(self.delays_s)
        while reason := await self._try(invocation):
            delay = next(retries, None)
            what = f"{invocation.function}: an Event invocation failed ({reason}, RequestId {invocation.request_id})"
            if delay is None or self._stopping.is_set():
                log.error("%s; it is dropped", what)
                return
            log.warning("%s; again in %g s", what, delay)
            await self._pause(delay)

    async def _try(self, invocation: Invocation) -> str:
        """Make one call, waiting while it is throttled; return why it failed, empty when it did not."""
        waited, attempt = 0.0, 0
        while (outcome := await self.invoker.invoke(invocation)).kind is OutcomeKind.THROTTLED:
            if waited >= MAXIMUM_AGE_S or self._stopping.is_set():
                break
            pause = THROTTLE_PAUSES_S[min(attempt, len(THROTTLE_PAUSES_S) - 1)]
            waited, attempt = waited + pause, attempt + 1
            await self._pause(pause)
        return "" if outcome.kind is OutcomeKind.SUCCESS else outcome.reason or outcome.kind.value

    async def _pause(self, seconds: float) -> None:
        """Wait; the stop ends it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
