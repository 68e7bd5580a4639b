"""One function's environments: exactly one call in flight in each, the others wait their turn."""

import asyncio
import logging
import math
from dataclasses import dataclass, field

from emulator.environments.environment import Engine, Environment
from emulator.environments.line import Line
from emulator.events import Emit, EnvironmentEnded, EnvironmentReady, EnvironmentReset
from emulator.invocation import Invocation
from emulator.resources import Function

log = logging.getLogger(__name__)

WARN_AFTER_S = 15.0  #: that a call waits while its function has no environment at all


@dataclass(slots=True)
class Pool:
    """The environments of one function."""

    function: Function
    emit: Emit
    environments: list[Environment] = field(default_factory=list)
    line: Line = field(default_factory=Line)
    in_flight: int = 0  #: calls, waiting ones included: on AWS each would have an environment of its own
    batches: int = 0  #: that event source mappings have taken from their queues and are not done with
    room: asyncio.Event = field(default_factory=asyncio.Event)  #: an environment could start on another batch

    @property
    def ready(self) -> int:
        """How many environments take calls, busy ones included."""
        return sum(1 for environment in self.environments if environment.engine)

    @property
    def throttled(self) -> bool:
        """Whether another call is above the function's reserved concurrency (FU-25)."""
        limit = self.function.reserved_concurrency
        return limit is not None and self.in_flight >= limit

    # ---- what environments tell
    def started(self, environment: Environment, engine: Engine) -> None:
        """Take note that an environment is ready for calls, at first or anew."""
        if environment.configured and environment.configured.configuration != self.function.configuration:
            self._renew(environment)  # the function was changed while this one started
            return
        if environment not in self.environments:
            self.environments.append(environment)
        environment.engine = engine
        if environment.ended.done():
            environment.ended = asyncio.get_running_loop().create_future()
        self.emit(EnvironmentReady(self.function.name, environment.name))
        self._offer(environment)
        self._count_room()

    def resetting(self, environment: Environment, reason: str) -> None:
        """Take note that an environment initialises anew: no calls for it until then; its engine ends one in flight."""
        if environment.engine is not None:
            environment.engine = None
            self._count_room()
            self.emit(EnvironmentReset(self.function.name, environment.name, reason))

    def ended(self, environment: Environment, reason: str, *, gone: bool) -> None:
        """Take note that what ran in an environment has ended; `gone`: and the environment with it."""
        self.resetting(environment, reason)
        self.emit(EnvironmentEnded(self.function.name, environment.name, reason))
        if not environment.ended.done():
            environment.ended.set_result(reason)
        if gone and environment in self.environments:
            self.environments.remove(environment)

    # ---- changes of the function
    def reconfigure(self, function: Function, *, renew: bool) -> None:
        """Take a changed function; `renew`: its environments end, after the calls in flight, and come anew."""
        self.function = function
        for environment in list(self.environments) if renew else ():
            environment.stale = True
            if not environment.busy:
                self._renew(environment)

    def _renew(self, environment: Environment) -> None:
        self.ended(environment, "its function was changed", gone=True)
        environment.renew()

    # ---- what calls ask for
    async def take(self, invocation: Invocation, until: float = math.inf) -> Environment | None:
        """Wait for a free environment and take it; None when there was none until then, in the loop's time."""
        if asyncio.get_running_loop().time() >= until:
            return None
        free = next((e for e in self.environments if e.engine and not e.busy), None)
        if free:
            free.busy = True
            return free
        turn = self.line.join(invocation, urgent=until != math.inf)
        try:
            await self._wait(turn.environment, until)
        except asyncio.CancelledError:
            if turn.environment.done():
                self.give_back(turn.environment.result())
            raise
        finally:
            turn.environment.cancel()  # a turn that has come stays
        return None if turn.environment.cancelled() else turn.environment.result()

    def give_back(self, environment: Environment) -> None:
        """Take an environment back after a call, and give it to whoever waits longest."""
        environment.busy = False
        if environment.stale:
            self._renew(environment)
        self._offer(environment)

    def lost(self, environment: Environment, engine: Engine, reason: str) -> None:
        """Give an engine no further call: nobody may follow until what runs behind it is dead and has started anew."""
        if environment.engine is engine:  # and no later start has taken its place
            environment.restart()
            self.resetting(environment, reason)

    async def _wait(self, turn: asyncio.Future[Environment], until: float) -> None:
        loop = asyncio.get_running_loop()
        while not turn.done() and (left := until - loop.time()) > 0:
            await asyncio.wait({turn}, timeout=min(WARN_AFTER_S, left))
            if not turn.done() and left > WARN_AFTER_S and not self.ready:
                log.warning(
                    "%s: a call has waited %g s and no environment runs: see the environments' log",
                    self.function.name,
                    WARN_AFTER_S,
                )

    def _offer(self, environment: Environment) -> None:
        if environment.engine and not environment.busy:
            environment.busy = self.line.serve(environment)

    # ---- what event source mappings ask for
    def add_batches(self, number: int) -> None:
        """Count batches that a mapping has taken, or is done with."""
        self.batches += number
        self._count_room()

    def _count_room(self) -> None:
        if self.batches < self.ready:
            self.room.set()
        else:
            self.room.clear()
