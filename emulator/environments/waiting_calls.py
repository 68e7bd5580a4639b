"""The calls that wait for an environment of one function."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from emulator.environments.environment import Environment
from emulator.invocation import Invocation


@dataclass(frozen=True, slots=True)
class Turn:
    """One call that waits; its future is done when it has an environment."""

    invocation: Invocation
    environment: asyncio.Future[Environment]


@dataclass(slots=True)
class WaitingCalls:
    """First come, first served, and before all others the calls that may not wait for ever."""

    _urgent: deque[Turn] = field(default_factory=deque)
    _patient: deque[Turn] = field(default_factory=deque)

    def join(self, invocation: Invocation, *, urgent: bool) -> Turn:
        """Have a call wait; to leave, it cancels its future."""
        turn = Turn(invocation, asyncio.get_running_loop().create_future())
        (self._urgent if urgent else self._patient).append(turn)
        return turn

    def serve(self, environment: Environment) -> bool:
        """Give an environment to the call that is next; False when nobody waits."""
        for turns in (self._urgent, self._patient):
            while turns:
                turn = turns.popleft()
                if not turn.environment.done():
                    environment.serving = turn.invocation
                    turn.environment.set_result(environment)
                    return True
        return False

    def __len__(self) -> int:
        return sum(1 for _ in self.calls())

    def calls(self) -> Iterator[Invocation]:
        """Yield the calls that wait."""
        for turns in (self._urgent, self._patient):
            for turn in turns:
                if not turn.environment.done():
                    yield turn.invocation
