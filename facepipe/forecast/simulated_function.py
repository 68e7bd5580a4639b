"""A function in virtual time. An environment is created when none is idle, and ends when it is idle too long."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import simpy

from emulator.environments.environment_limits import IDLE_S
from emulator.invocation import OutcomeKind
from emulator.journal.durations import Durations
from emulator.resources import Function
from facepipe.forecast.call_samples import CallSamples
from facepipe.forecast.lambda_account import LambdaAccount
from facepipe.forecast.reached_limits import Limit, ReachedLimits


@dataclass(frozen=True, slots=True)
class CallEnd:
    """How a simulated call ended."""

    kind: OutcomeKind
    failed: tuple[int, ...] = ()  #: positions of the requests that failed


WELL = CallEnd(OutcomeKind.SUCCESS)
TIMED_OUT = CallEnd(OutcomeKind.TIMEOUT)


@dataclass(slots=True)
class FunctionCounts:
    """What one function did."""

    calls: int = 0
    cold_starts: int = 0
    errors: int = 0  #: calls that failed, or reported a failed message
    timeouts: int = 0
    throttles: int = 0
    billed_ms: int = 0
    most_at_once: int = 0


@dataclass(frozen=True, slots=True)
class CallModel:
    """The samples from which a call's times are drawn."""

    samples: CallSamples
    scale: float  #: from measured to simulated time (lambda_memory.py)
    creation_s: float  #: of an environment, before its init phase
    reports_failures: bool = False  #: a failed message does not fail its batch (ES-24)

    def handler_s(self, requests: int, rng: random.Random) -> float:
        """Draw the time of a call: the sum of the times of its requests or messages."""
        values = self.samples.handler_ms
        count = len(values)
        if requests == 1:
            return values[int(rng.random() * count)] * self.scale / 1000
        return sum(values[int(rng.random() * count)] for _ in range(requests)) * self.scale / 1000

    def init_s(self, rng: random.Random) -> float:
        """Draw the time of an init phase; 0 if none was measured."""
        return rng.choice(self.samples.init_ms) * self.scale / 1000 if self.samples.init_ms else 0.0

    def end(self, requests: int, rng: random.Random) -> CallEnd:
        """Draw which requests fail."""
        if not self.samples.failed:
            return WELL
        failed = tuple(position for position in range(requests) if rng.random() < self.samples.failed)
        if failed and not self.reports_failures:
            return CallEnd(OutcomeKind.FUNCTION_ERROR, failed)
        return CallEnd(OutcomeKind.SUCCESS, failed)


@dataclass(slots=True)
class SimulatedFunction:
    """One function's environments."""

    env: simpy.Environment
    function: Function
    model: CallModel
    account: LambdaAccount
    limits: ReachedLimits
    rng: random.Random
    counts: FunctionCounts = field(default_factory=FunctionCounts)
    cold: Callable[[], None] = lambda: None  #: is called at each cold start
    refused: Callable[[], None] = lambda: None  #: is called at each throttled call
    _idle: list[float] = field(default_factory=list)  #: since when environments are idle, the latest last

    def call(self, requests: int, done: Callable[[CallEnd], None]) -> Limit | None:
        """Begin a call; `done` is called at its end. If a limit refuses the call, return that limit."""
        now, name = self.env.now, self.function.name
        if self._idle and now - self._idle[-1] > IDLE_S:
            self._idle.clear()  # the latest is used first, so the others have been idle even longer
        fresh = not self._idle
        if limit := self.account.admit(name, fresh=fresh):
            self.counts.throttles += 1
            self.limits.note(limit, name, now)
            self.refused()
            return limit
        init_s = start_s = 0.0
        if fresh:
            init_s, start_s = self.model.init_s(self.rng), self.model.creation_s
            self.counts.cold_starts += 1
            self.cold()
        else:
            self._idle.pop()
        self._begin(requests, init_s, start_s, done)
        return None

    def _begin(self, requests: int, init_s: float, start_s: float, done: Callable[[CallEnd], None]) -> None:
        handler_s, end = self.model.handler_s(requests, self.rng), self.model.end(requests, self.rng)
        if handler_s > self.function.timeout_s:
            handler_s, end = float(self.function.timeout_s), TIMED_OUT
            self.limits.note(Limit.TIMEOUT, self.function.name, self.env.now)
        counts = self.counts
        counts.calls += 1
        counts.most_at_once = max(counts.most_at_once, self.account.in_flight[self.function.name])
        counts.billed_ms += Durations(handler_s * 1000, init_s * 1000 or None).billed_ms
        event = self.env.timeout(start_s + init_s + handler_s)
        event.callbacks.append(lambda _: self._ended(end, done))

    def _ended(self, end: CallEnd, done: Callable[[CallEnd], None]) -> None:
        self.account.release(self.function.name)
        if end is TIMED_OUT:
            self.counts.timeouts += 1  # its environment is reset, which the next call pays as a cold start (RT-07)
        else:
            self._idle.append(self.env.now)
        if end.failed:
            self.counts.errors += 1
        done(end)
