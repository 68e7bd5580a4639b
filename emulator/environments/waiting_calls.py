"""The calls of one function that wait for an environment."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from emulator.environments.environment import Environment
from emulator.invocation import Invocation


@dataclass(frozen=True, slots=True)
class Turn:
    """A waiting call; its future is done when the call has an environment."""

    invocation: Invocation
    environment: asyncio.Future[Environment]


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
