"""The calls of one function that wait for an environment."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from emulator.debugging.debugger_state import DebuggerState
from emulator.environments.environment import Environment
from emulator.invocation import Invocation

WARN_AFTER_S = 15.0  #: how long a call waits before `warn` is called


@dataclass(frozen=True, slots=True)
class Turn:
    """A waiting call; its future is done when the call has an environment."""

    invocation: Invocation
    environment: asyncio.Future[Environment]

    async def wait(self, until: float, debugger: DebuggerState | None, warn: Callable[[], None]) -> None:
        """Wait for an environment until then, by the event loop's clock; call `warn` from time to time.

        The time in which a debugger is attached to the function does not count.
        """
        loop = asyncio.get_running_loop()
        while not self.environment.done():
            if debugger and debugger.attached:
                began = loop.time()
                await self._or(debugger, attached=False)
                until += loop.time() - began
            left = until - loop.time()
            if left <= 0:
                return
            if not await self._or(debugger, attached=True, within_s=min(WARN_AFTER_S, left)) and left > WARN_AFTER_S:
                warn()

    async def _or(self, debugger: DebuggerState | None, *, attached: bool, within_s: float | None = None) -> bool:
        """Wait for an environment, or until a debugger is attached or is no more; return False if neither."""
        ends: set[asyncio.Future[Any]] = {self.environment}
        change = asyncio.ensure_future(debugger.wait_for(attached=attached)) if debugger else None
        if change:
            ends.add(change)
        done, _ = await asyncio.wait(ends, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        if change:
            change.cancel()
        return bool(done)


@dataclass(slots=True)
class WaitingCalls:
    """First come, first served, except that calls with a time limit (`urgent`) go before all others."""

    _urgent: deque[Turn] = field(default_factory=deque)
    _patient: deque[Turn] = field(default_factory=deque)

    def join(self, invocation: Invocation, *, urgent: bool) -> Turn:
        """Let a call wait; it leaves by cancelling its future."""
        turn = Turn(invocation, asyncio.get_running_loop().create_future())
        (self._urgent if urgent else self._patient).append(turn)
        return turn

    def serve(self, environment: Environment) -> bool:
        """Give an environment to the next waiting call; return False if no call waits."""
        for turns in (self._urgent, self._patient):
            while turns:
                turn = turns.popleft()
                if not turn.environment.done():
                    environment.serving = turn.invocation
                    turn.environment.set_result(environment)
                    return True
        return False

    def fail(self, error: Exception) -> None:
        """End the wait of all calls with an error."""
        for turns in (self._urgent, self._patient):
            while turns:
                turn = turns.popleft()
                if not turn.environment.done():
                    turn.environment.set_exception(error)

    def __len__(self) -> int:
        return sum(1 for _ in self.calls())

    def calls(self) -> Iterator[Invocation]:
        """Yield the waiting calls."""
        for turns in (self._urgent, self._patient):
            for turn in turns:
                if not turn.environment.done():
                    yield turn.invocation
