"""One function's environments: one call in flight in each, started when calls need them, ended when idle."""

import asyncio
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from emulator.debugging.debugger_state import DebuggerState
from emulator.environments.environment import Engine, Environment
from emulator.environments.pool_counts import PoolCounts
from emulator.environments.room import Room
from emulator.environments.waiting_calls import WARN_AFTER_S, WaitingCalls
from emulator.events import EnvironmentEnded, EnvironmentReady, EnvironmentReset
from emulator.invocation import Invocation
from emulator.resources import Function

log = logging.getLogger(__name__)

RETRY_S = 0.25  #: pause before asking again whether another environment may start


class WaitsForItselfError(Exception):
    """The call can never get an environment: all of them are busy with invocations that wait for it."""


class CannotStartError(Exception):
    """No environment of the function can be started; the message says why."""


@dataclass(slots=True)
class Pool(PoolCounts):
    """The environments of one function, and the calls that wait for one."""

    waits_for_itself: Callable[[Invocation], bool] = lambda _: False  #: finds deadlocks (deadlock.py)
    line: WaitingCalls = field(default_factory=WaitingCalls)
    debugger: DebuggerState | None = None  #: None if the function is not debugged
    room: Room = field(default_factory=Room)  #: for batches of event source mappings
    removed: bool = False  #: its function was removed; calls in flight and waiting calls are still made
    _recount: asyncio.TimerHandle | None = None

    # ---- reports from environments
    def started(self, environment: Environment, engine: Engine) -> None:
        """Note that an environment is ready for calls, after its first start or a restart."""
        if self.removed and not len(self.line):
            environment.stop()
            return
        if environment.configured and environment.configured.configuration != self.function.configuration:
            self._renew(environment)  # the function was changed while this environment started
            return
        if environment not in self.environments:
            self.environments.append(environment)
        environment.engine = engine
        loop = asyncio.get_running_loop()
        environment.idle_since = loop.time()
        if environment.ended.done():
            environment.ended = loop.create_future()
        self.emit(EnvironmentReady(self.function.name, environment.name))
        self._offer(environment)
        self._start_for_waiting()
        self._count_room()

    def resetting(self, environment: Environment, reason: str) -> None:
        """Note that an environment initialises again and takes no calls meanwhile; its engine ends a call in flight."""
        if environment.engine is not None:
            environment.engine = None
            self._count_room()
            self.emit(EnvironmentReset(self.function.name, environment.name, reason))

    def ended(self, environment: Environment, reason: str, *, gone: bool) -> None:
        """Note that an environment's processes have ended, and with `gone` the environment itself."""
        self.resetting(environment, reason)
        self.emit(EnvironmentEnded(self.function.name, environment.name, reason))
        if not environment.ended.done():
            environment.ended.set_result(reason)
        if gone and environment in self.environments:
            self.environments.remove(environment)

    # ---- the number of environments
    def prepared(self) -> None:
        """Note that what environments are started from is ready, or that it cannot be made: then no call waits."""
        if problem := self.problem:
            self.line.fail(CannotStartError(problem))
        self._look_again()

    def keep_warm(self) -> None:
        """Start an environment if there is none, so that the first call does not wait for a cold start."""
        if self.starter and self.kept_warm and not self.running:
            self.starter.start(self.function.key)
            self._count_room()

    def end_idle(self, idle_s: float) -> None:
        """End the environments without a recent call, but keep one warm; one that ends takes no further call."""
        latest = asyncio.get_running_loop().time() - idle_s
        for environment in reversed(self.environments):
            free = environment.engine and not environment.busy and environment.idle_since <= latest
            if self.starter and free and self.ready > self.kept_warm:
                self._end(environment, f"no call for {idle_s:g} s")

    def remove(self) -> None:
        """End the environments of a removed function, each after its call and after the waiting calls."""
        self.removed = True
        self.room.another.set()  # whoever waits for room looks whether there is another pool
        self._end_removed()

    def _end_removed(self) -> None:
        """End the environments of a removed function that no call needs any more, including starting ones."""
        if not self.removed or len(self.line):
            return
        if self.starter:
            for _ in range(self.running - len(self.environments)):
                self.starter.ending(self.function.key)
        for environment in list(self.environments):
            if not environment.busy:
                self._end(environment, "its function was removed")

    def _end(self, environment: Environment, reason: str) -> None:
        """End an environment and its supervisor."""
        if self.starter:
            self.starter.ending(self.function.key)
        self.ended(environment, reason, gone=True)
        environment.stop()

    def _start_for_waiting(self) -> None:
        """Start environments for the waiting calls: at once at most as many as are ready, or one.

        This bounds the environments of a function that cannot start, or that crashes again and again.
        """
        while self.starter and self.running < self.limit and self.starting < min(len(self.line), max(1, self.ready)):
            if not self.starter.start(self.function.key):
                return

    def reconfigure(self, function: Function) -> None:
        """Take over a changed function, or one that was removed and added again.

        Environments with an old configuration end after their calls, and new ones start.
        """
        renew = self.removed or function.configuration != self.function.configuration
        self.function, self.removed = function, False
        for environment in list(self.environments) if renew else ():
            environment.stale = True
            if not environment.busy:
                self._renew(environment)
        self._start_for_waiting()
        self._count_room()

    def start_instead(self) -> None:
        """Start an environment in place of a starting one that was asked to end."""
        if self.starter:
            self.starter.ending(self.function.key)
            self.starter.start(self.function.key)

    def _renew(self, environment: Environment) -> None:
        """End an environment of a changed function. Its supervisor connects again, for the function as it is now.

        If it cannot run what the function has become, the link has it replaced. After a change of code, one environment
        is enough until calls need more.
        """
        before = environment.configured.code_version if environment.configured else self.function.code_version
        if self.starter and before != self.function.code_version and self.has_other(environment):
            self._end(environment, "its function's code was changed")
        else:
            self.ended(environment, "its function was changed", gone=True)
            environment.renew()

    # ---- calls
    async def take(self, invocation: Invocation, until: float = math.inf) -> tuple[Environment, str] | None:
        """Wait for a free environment and take it; None if there was none until then, by the event loop's clock.

        Also return `Outcome.waited_for`. Raise `WaitsForItselfError` at once for a call that would wait for ever, and
        `CannotStartError` as soon as it is known.
        """
        if asyncio.get_running_loop().time() >= until:
            return None
        free = next((e for e in self.environments if e.engine and not e.busy), None)
        if free:
            free.serving = invocation
            return free, ""
        if problem := self.problem:
            raise CannotStartError(problem)
        turn = self.line.join(invocation, urgent=until != math.inf)
        self._start_for_waiting()
        self._count_room()
        waits_for = self._missing_for_last_call()
        try:
            if self.waits_for_itself(invocation):
                raise WaitsForItselfError
            await turn.wait(until, self.debugger, self._warn_of_wait)
        except asyncio.CancelledError:
            if turn.environment.done() and not turn.environment.exception():
                self.give_back(turn.environment.result())
            raise
        finally:
            turn.environment.cancel()  # has no effect if the call already has an environment
            self._end_removed()
        return None if turn.environment.cancelled() else (turn.environment.result(), waits_for)

    def give_back(self, environment: Environment) -> None:
        """Take an environment back after a call, and give it to the next waiting call."""
        environment.serving = None
        environment.idle_since = asyncio.get_running_loop().time()
        if environment.stale:
            self._renew(environment)
        self._offer(environment)
        self._end_removed()

    def lost(self, environment: Environment, engine: Engine, reason: str) -> None:
        """Give an engine no further call: its processes are killed and restarted first."""
        if environment.engine is engine:  # unless a restart has replaced it already
            environment.restart()
            self.resetting(environment, reason)

    def _missing_for_last_call(self) -> str:
        if not self.running:
            return "an environment (none is connected)"
        if len(self.line) <= self.starting:
            return "a cold start"
        too = ", and so are the processors" if self.running < self.limit and not self.starting else ""
        return f"an environment (all {self.running} are busy{too})"

    def _warn_of_wait(self) -> None:
        if not self.ready:
            text = "%s: a call has waited %g s and no environment runs: see the environments' log"
            log.warning(text, self.function.name, WARN_AFTER_S)

    def _offer(self, environment: Environment) -> None:
        if environment.engine and not environment.busy:
            self.line.serve(environment)

    def change_batches(self, number: int) -> None:
        """Add to the number of batches that mappings have in flight; negative after a batch has ended."""
        self.room.change(number)
        self._count_room()

    def _count_room(self) -> None:
        """Tell event source mappings how many environments there may be now; check again later if that may change."""
        more = self.running < self.limit
        may_start = more and self.starter is not None and self.starter.may_start(self.function.key)
        limit = self.limit if may_start else self.running if self.starter else self.ready
        again_s = self.room.count(self.ready, self.starting, limit)
        if more and not may_start and (len(self.line) or self.room.batches >= self.ready):
            again_s = RETRY_S
        if self._recount:
            self._recount.cancel()
        self._recount = asyncio.get_running_loop().call_later(again_s, self._look_again) if again_s else None

    def _look_again(self) -> None:
        self._start_for_waiting()
        self._count_room()
