"""Keeps the messages of a batch hidden while a debugger is attached to the mapping's function."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from emulator.aws.limits import VISIBILITY_TIMEOUT_S
from emulator.debugging.debugger_state import DebuggerState
from emulator.event_source.batching import ReceivedMessage
from emulator.queues import PolledQueues

log = logging.getLogger(__name__)

SHORTEST_S = 30  #: of an extension, so that short visibility timeouts need no flood of calls
LONGEST_S = 300  #: of an extension: so long a message stays hidden if the emulator is killed meanwhile


@dataclass(slots=True)
class Visibility:
    """Extends the visibility timeouts of one mapping's messages, each up to SQS's 12 hours from its receive."""

    queue: str
    queues: PolledQueues
    debugger: DebuggerState | None  #: None: the function is not debugged
    clock: Callable[[], float]
    timeout_s: Callable[[], int]  #: returns the visibility timeout with which messages are received
    _hidden_until: dict[str, float] = field(default_factory=dict)  #: of extended messages, by receipt handle

    @contextlib.asynccontextmanager
    async def kept(self, batch: Sequence[ReceivedMessage]) -> AsyncIterator[None]:
        """Keep a batch's messages hidden while the block lasts and a debugger is attached to the function."""
        if self.debugger is None:
            yield
            return
        keeper = asyncio.ensure_future(self._keep(batch, self.debugger))
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            for message in batch:
                self._hidden_until.pop(message.handle, None)

    def left_s(self, batch: Sequence[ReceivedMessage]) -> float:
        """Return for how many seconds all messages of a batch are still hidden."""
        ends = (self._hidden_until.get(message.handle, message.hidden_until) for message in batch)
        return min(ends) - self.clock()

    async def _keep(self, batch: Sequence[ReceivedMessage], debugger: DebuggerState) -> None:
        received = self.clock()
        while True:
            await debugger.wait_for(attached=True)
            while debugger.attached:
                extension_s = min(max(self.timeout_s(), SHORTEST_S), LONGEST_S)
                if not await self._hide(batch, extension_s, received):
                    return
                await debugger.wait_for(attached=False, within_s=extension_s / 2)
            await self._hide(batch, max(self.timeout_s(), 1), received)  # the call runs on, for its whole timeout

    async def _hide(self, batch: Sequence[ReceivedMessage], seconds: int, received: float) -> bool:
        """Hide messages for so long from now on; return False if SQS hides them no longer."""
        now = self.clock()
        seconds = min(seconds, int(VISIBILITY_TIMEOUT_S.high - (now - received)))
        if seconds <= 0:
            log.warning("%s: after 12 hours in a debugger, messages become visible again, as SQS has it", self.queue)
            return False
        handles = [message.handle for message in batch]
        await self.queues.hide(self.queue, handles, seconds)
        self._hidden_until.update(dict.fromkeys(handles, now + seconds))
        return True
