"""The environments of all functions; the `Invoker` that everything else calls."""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from emulator.environments.environment import Engine, Environment
from emulator.environments.pool import Pool
from emulator.events import Emit, InvocationEnded, InvocationStarted, InvocationThrottled, InvocationWithdrawn, nobody
from emulator.failures import EngineGoneError, crash, out_of_memory, since
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import Function

log = logging.getLogger(__name__)


class Pools:
    """The environments of all functions; the `Invoker` that everything else calls."""

    def __init__(self, functions: Iterable[Function], emit: Emit = nobody) -> None:
        self.pools = {function.name: Pool(function, emit) for function in functions}
        self._emit = emit
        self._calls: set[asyncio.Task[Outcome]] = set()

    def started(self, environment: Environment, engine: Engine) -> None:
        """Take note that an environment is ready for calls, at first or anew."""
        self.pools[environment.function].started(environment, engine)

    def resetting(self, environment: Environment, reason: str) -> None:
        """Take note that an environment initialises anew: no calls for it until then."""
        self.pools[environment.function].resetting(environment, reason)

    def ended(self, environment: Environment, reason: str, *, gone: bool) -> None:
        """Take note that what ran in an environment has ended; `gone`: and the environment with it."""
        self.pools[environment.function].ended(environment, reason, gone=gone)

    def reconfigure(self, function: Function, *, renew: bool) -> None:
        """Take a changed function; `renew`: its environments end, after the calls in flight, and come anew."""
        self.pools[function.name].reconfigure(function, renew=renew)

    async def room_for_batch(self, function: str) -> None:
        """Wait until another batch can be started on: see `BatchInvoker`."""
        await self.pools[function].room.wait()

    @contextlib.contextmanager
    def batch(self, function: str) -> Iterator[None]:
        """Count a batch while the block lasts: see `BatchInvoker`."""
        self.pools[function].add_batches(1)
        try:
            yield
        finally:
            self.pools[function].add_batches(-1)

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        """Make a call: see `Invoker`."""
        pool = self.pools[invocation.function]
        if pool.throttled:
            reason = "Rate Exceeded: above ReservedConcurrentExecutions; raise it, or send less at once"
            self._emit(InvocationThrottled(invocation, reason))
            return Outcome(
                OutcomeKind.THROTTLED, b'{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}', reason=reason
            )
        pool.in_flight += 1  # before anything is awaited: another call would not see this one
        task = asyncio.ensure_future(self._call_within(pool, invocation, within_s))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Wait for the end of all calls in flight."""
        while self._calls:
            await asyncio.wait(set(self._calls))

    async def _call_within(self, pool: Pool, invocation: Invocation, within_s: float | None) -> Outcome:
        """Make a call in the environment that is free first, if one is in time."""
        arrived, now = time.monotonic(), asyncio.get_running_loop().time()
        until = math.inf if within_s is None else now + within_s
        try:
            while environment := await pool.take(invocation, until):
                waited_ms = since(arrived)
                try:
                    outcome = await self._call(pool, environment, invocation, waited_ms)
                    return replace(outcome, waited_ms=waited_ms, environment=environment.name)
                except EngineGoneError as gone:  # before the function saw the call
                    log.info("%s: a call is made anew: %s", pool.function.name, gone)
                finally:
                    pool.give_back(environment)
            reason = f"no environment was free within {within_s:.0f} s; have more of them, or fewer calls at once"
            return Outcome(OutcomeKind.NOT_STARTED, b"{}", reason=reason)
        finally:
            pool.in_flight -= 1

    async def _call(self, pool: Pool, environment: Environment, invocation: Invocation, waited_ms: float) -> Outcome:
        """Make a call and tell what became of it; `EngineGoneError` when the function never saw it."""
        engine = environment.engine
        if engine is None:
            raise EngineGoneError("its environment ended between its turn and now", taken=False)
        self._emit(InvocationStarted(invocation, environment.name, waited_ms))
        started = time.monotonic()
        try:
            outcome = await environment.call(invocation)
        except EngineGoneError as gone:
            pool.lost(environment, engine, str(gone))
            if not gone.taken:
                self._emit(InvocationWithdrawn(invocation, environment.name, str(gone)))
                raise
            outcome = crash(invocation.request_id, str(gone), since(started))
        function = pool.function
        if outcome.kind in (OutcomeKind.CRASH, OutcomeKind.INIT_FAILURE) and await environment.ran_out_of_memory():
            outcome = replace(outcome, reason=out_of_memory(function.memory_mb))
        init_ms, environment.init_ms = environment.init_ms, None  # told once
        self._emit(InvocationEnded(invocation, environment.name, outcome, init_ms, engine.init_inside_call))
        if outcome.kind is OutcomeKind.TIMEOUT and outcome.duration_ms > (function.timeout_s + 1) * 1000:
            pool.lost(environment, engine, "killed after a timeout")  # RIE did not end the call
        return outcome
