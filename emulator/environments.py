"""A pool of environments for each function: exactly one call in flight in each, the others wait their turn."""

import asyncio
import contextlib
import logging
import math
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from emulator.environment import Engine, Environment
from emulator.failures import EngineGoneError, crash, out_of_memory, since
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.journal import durations
from emulator.journal.entries import Entry, Kind, trace_root
from emulator.journal.journal import Journal
from emulator.journal.output import Output
from emulator.resources import Function

log = logging.getLogger(__name__)

WARN_AFTER_S = 15.0  #: that a call waits while its function has no environment at all


@dataclass(slots=True)
class FunctionPool:
    """The environments of one function."""

    function: Function
    environments: list[Environment] = field(default_factory=list)
    urgent: deque[asyncio.Future[Environment]] = field(default_factory=deque)  #: calls that may not wait for ever
    waiting: deque[asyncio.Future[Environment]] = field(default_factory=deque)
    in_flight: int = 0  #: calls, waiting ones included: on AWS each would have an environment of its own
    batches: int = 0  #: that event source mappings have taken from their queues and are not done with
    room: asyncio.Event = field(default_factory=asyncio.Event)  #: an environment could start on another batch

    @property
    def throttled(self) -> bool:
        """Whether another call is above the function's reserved concurrency (FU-25)."""
        limit = self.function.reserved_concurrency
        return limit is not None and self.in_flight >= limit

    async def take(self, until: float = math.inf) -> Environment | None:
        """Wait for a free environment and take it; None when there was none until then, in the loop's time.

        First come, first served, and before all others those that may not wait for ever.
        """
        loop = asyncio.get_running_loop()
        if loop.time() >= until:
            return None
        free = next((e for e in self.environments if e.engine and not e.busy), None)
        if free:
            free.busy = True
            return free
        turn: asyncio.Future[Environment] = loop.create_future()
        (self.waiting if until == math.inf else self.urgent).append(turn)
        try:
            await self._wait(turn, until)
        except asyncio.CancelledError:
            if turn.done():
                turn.result().busy = False
                self.offer(turn.result())
            raise
        finally:
            turn.cancel()  # a turn that has come stays
        return None if turn.cancelled() else turn.result()

    async def _wait(self, turn: asyncio.Future[Environment], until: float) -> None:
        loop = asyncio.get_running_loop()
        while not turn.done() and (left := until - loop.time()) > 0:
            await asyncio.wait({turn}, timeout=min(WARN_AFTER_S, left))
            if not turn.done() and left > WARN_AFTER_S and not any(e.engine for e in self.environments):
                log.warning(
                    "%s: a call has waited %g s and no environment runs: see the environments' log",
                    self.function.name,
                    WARN_AFTER_S,
                )

    def offer(self, environment: Environment) -> None:
        """Give a free environment to whoever waits longest."""
        if environment.busy or environment.engine is None:
            return
        for line in (self.urgent, self.waiting):
            while line:
                turn = line.popleft()
                if not turn.done():
                    environment.busy = True
                    turn.set_result(environment)
                    return

    def count_room(self) -> None:
        """Take note that the number of environments or of batches has changed."""
        if self.batches < sum(1 for environment in self.environments if environment.engine):
            self.room.set()
        else:
            self.room.clear()


class Pools:
    """The environments of all functions; the `Invoker` that everything else calls."""

    def __init__(self, functions: Iterable[Function], journal: Journal) -> None:
        self.pools = {function.name: FunctionPool(function) for function in functions}
        self._functions = {name: pool.function for name, pool in self.pools.items()}
        self.output = Output(journal, self._functions)
        self._journal = journal
        self._calls: set[asyncio.Task[Outcome]] = set()

    def started(self, environment: Environment, engine: Engine) -> None:
        """Take note that an environment is ready for calls, at first or anew."""
        pool = self.pools[environment.function]
        if environment.configured and environment.configured.configuration != pool.function.configuration:
            self._renew(environment)  # the function was changed while this one started
            return
        if environment not in pool.environments:
            pool.environments.append(environment)
        environment.engine = engine
        if environment.ended.done():
            environment.ended = asyncio.get_running_loop().create_future()
        ready = Entry(Kind.ENVIRONMENT_READY, function=environment.function, environment=environment.name)
        self._journal.note(ready)
        pool.offer(environment)
        pool.count_room()

    def resetting(self, environment: Environment, reason: str) -> None:
        """Take note that an environment initialises anew: no calls for it until then; its engine ends one in flight."""
        if environment.engine is not None:
            environment.engine = None
            self.pools[environment.function].count_room()
            detail = {"reason": reason}
            entry = Entry(Kind.ENVIRONMENT_ENDED, function=environment.function, environment=environment.name)
            self._journal.note(replace(entry, detail=detail))

    def ended(self, environment: Environment, reason: str, *, gone: bool) -> None:
        """Take note that what ran in an environment has ended; `gone`: and the environment with it."""
        self.resetting(environment, reason)
        self.output.interrupt(environment.name)
        if not environment.ended.done():
            environment.ended.set_result(reason)
        pool = self.pools[environment.function]
        if gone and environment in pool.environments:
            pool.environments.remove(environment)

    def reconfigure(self, function: Function, *, renew: bool) -> None:
        """Take a changed function; `renew`: its environments end, after the calls in flight, and come anew."""
        pool = self.pools[function.name]
        pool.function = self._functions[function.name] = function
        for environment in list(pool.environments) if renew else ():
            environment.stale = True
            if not environment.busy:
                self._renew(environment)

    def _renew(self, environment: Environment) -> None:
        self.ended(environment, "its function was changed", gone=True)
        environment.renew()

    async def room_for_batch(self, function: str) -> None:
        """Wait until another batch can be started on: see `BatchInvoker`."""
        await self.pools[function].room.wait()

    @contextlib.contextmanager
    def batch(self, function: str) -> Iterator[None]:
        """Count a batch while the block lasts: see `BatchInvoker`."""
        pool = self.pools[function]
        pool.batches += 1
        pool.count_room()
        try:
            yield
        finally:
            pool.batches -= 1
            pool.count_room()

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        """Make a call: see `Invoker`."""
        pool = self.pools[invocation.function]
        if pool.throttled:
            reason = "Rate Exceeded: above ReservedConcurrentExecutions; raise it, or send less at once"
            self._note(Kind.THROTTLED, invocation, "", {})
            self.output.refuse(invocation, reason)
            return Outcome(
                OutcomeKind.THROTTLED, b'{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}', reason=reason
            )
        pool.in_flight += 1  # before anything is awaited: another call would not see this one
        task = asyncio.ensure_future(self._call_within(pool, invocation, within_s))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Wait for the end of all calls in flight, and of their output."""
        while self._calls:
            await asyncio.wait(set(self._calls))
        await self.output.drain()

    async def _call_within(self, pool: FunctionPool, invocation: Invocation, within_s: float | None) -> Outcome:
        """Make a call in the environment that is free first, if one is in time."""
        arrived, now = time.monotonic(), asyncio.get_running_loop().time()
        until = math.inf if within_s is None else now + within_s
        try:
            while environment := await pool.take(until):
                waited_ms = since(arrived)
                try:
                    outcome = await self._call(environment, invocation, waited_ms)
                    return replace(outcome, waited_ms=waited_ms, environment=environment.name)
                except EngineGoneError as gone:  # before the function saw the call
                    log.info("%s: a call is made anew: %s", pool.function.name, gone)
                finally:
                    environment.busy = False
                    if environment.stale:
                        self._renew(environment)
                    pool.offer(environment)
            reason = f"no environment was free within {within_s:.0f} s; have more of them, or fewer calls at once"
            return Outcome(OutcomeKind.NOT_STARTED, b"{}", reason=reason)
        finally:
            pool.in_flight -= 1

    async def _call(self, environment: Environment, invocation: Invocation, waited_ms: float) -> Outcome:
        """Make a call and keep what became of it; `EngineGoneError` when the function never saw it."""
        engine = environment.engine
        if engine is None:
            raise EngineGoneError("its environment ended between its turn and now", taken=False)
        self._note(Kind.INVOKED, invocation, environment.name, {"waited_ms": round(waited_ms, 2)})
        self.output.start(environment.name, invocation)
        started = time.monotonic()
        try:
            outcome = await environment.call(invocation)
        except EngineGoneError as gone:
            self._lost(environment, engine, str(gone))
            if not gone.taken:
                self.output.withdraw(environment.name, str(gone))
                raise
            outcome = crash(invocation.request_id, str(gone), since(started))
        function = self.pools[environment.function].function
        if outcome.kind in (OutcomeKind.CRASH, OutcomeKind.INIT_FAILURE) and await environment.ran_out_of_memory():
            outcome = replace(outcome, reason=out_of_memory(function.memory_mb))
        self._ended(environment, invocation, outcome, inside=engine.init_inside_call)
        if outcome.kind is OutcomeKind.TIMEOUT and outcome.duration_ms > (function.timeout_s + 1) * 1000:
            self._lost(environment, engine, "killed after a timeout")  # RIE did not end the call
        return outcome

    def _lost(self, environment: Environment, engine: Engine, reason: str) -> None:
        """Give an engine no further call: nobody may follow until what runs behind it is dead and has started anew."""
        if environment.engine is engine:  # and no later start has taken its place
            environment.restart()
            self.resetting(environment, reason)

    def _ended(self, environment: Environment, invocation: Invocation, outcome: Outcome, *, inside: bool) -> None:
        """Keep how a call ended; the init phase before it, or `inside` it, is told once."""
        init_ms, environment.init_ms = environment.init_ms, None
        detail: dict[str, object] = {"outcome": outcome.kind.value, "duration_ms": round(outcome.duration_ms, 2)}
        if init_ms is not None:
            detail["init_ms"] = round(init_ms, 2)
            detail["init_inside"] = inside
        if outcome.reason:
            detail["reason"] = outcome.reason
        took = durations.of(self._note(Kind.ENDED, invocation, environment.name, detail))
        self.output.end(environment.name, replace(outcome, duration_ms=took.handler_ms), init_ms=took.init_ms)

    def _note(self, kind: Kind, invocation: Invocation, environment: str, detail: Mapping[str, object]) -> Entry:
        entry = Entry(
            kind,
            function=invocation.function,
            request_id=invocation.request_id,
            trace_id=trace_root(invocation.trace_id),
            environment=environment,
            detail=detail,
        )
        self._journal.note(entry)
        return entry
