"""The pools of all functions, which together are the emulator's `Invoker`."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

from emulator.aws.error_types import CONCURRENCY_EXCEEDED, RESERVED_CONCURRENCY_EXCEEDED
from emulator.aws.limits import ACCOUNT_CONCURRENCY
from emulator.debugging.debugger_state import DebuggerState
from emulator.environments.calls import PooledCall, throttled
from emulator.environments.deadlock import waits_for_itself
from emulator.environments.environment import Engine, Environment
from emulator.environments.environment_limits import IDLE_S
from emulator.environments.pool import Pool
from emulator.environments.starters import Starter
from emulator.events import Emit, InvocationThrottled, ignore
from emulator.faults.fault_rules import THROTTLES
from emulator.faults.fault_switch import FaultSwitch
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import Function
from emulator.stack.live import ResourceChange, WatchedResources

log = logging.getLogger(__name__)


class Pools:
    """The pools of the stack's functions and of their published versions, and the `Invoker`.

    A new function gets a pool. A removed function gets no new call, and its pool is dropped after its last call.
    """

    def __init__(
        self,
        functions: WatchedResources[Function],
        emit: Emit = ignore,
        *,
        starter: Starter | None = None,
        idle_s: float = IDLE_S,
        faults: FaultSwitch | None = None,
    ) -> None:
        #: returns the key of the version that runs calls of a function, version or alias (`Invocation.target`)
        self.executed: Callable[[str], str] = lambda target: target
        self.debugger: Callable[[str], DebuggerState | None] = lambda _: None
        self.pools: dict[str, Pool] = {}  #: by `Function.key`
        self._emit = emit
        self._starter = starter
        self._idle_s = idle_s
        self._faults = faults or FaultSwitch()
        self._calls: set[asyncio.Task[Outcome]] = set()
        self._changed = asyncio.Event()  #: is set when a function was added or removed, and replaced
        self._warm = False  #: whether each function keeps at least one environment
        for function in functions.values():
            self._add(function)
        functions.subscribe(self._follow)

    def heed(self, debugger: Callable[[str], DebuggerState | None]) -> None:
        """Wait for debuggers: this returns the state of a function's debugger, None if the function is not debugged."""
        self.debugger = debugger
        for pool in self.pools.values():
            pool.debugger = debugger(pool.function.key)

    def _follow(self, change: ResourceChange[Function]) -> None:
        """Update the pools after a function was added, changed or removed."""
        pool = self.pools.get(change.key)
        if change.after is None:
            if pool:
                pool.remove()
                self._forget(pool)
        elif pool:
            pool.reconfigure(change.after)
        else:
            self._add(change.after)
        if change.before is None:
            self._changed.set()
            self._changed = asyncio.Event()

    def _add(self, function: Function) -> None:
        pool = Pool(
            function, self._emit, self._starter, waits_for_itself=lambda call: waits_for_itself(call, self.pools)
        )
        pool.debugger = self.debugger(function.key)
        self.pools[function.key] = pool
        if self._warm:
            pool.keep_warm()

    def _forget(self, pool: Pool) -> None:
        """Drop the pool of a removed function after its last call."""
        if pool.removed and not pool.in_flight and self.pools.get(pool.function.key) is pool:
            del self.pools[pool.function.key]

    def prepared(self, function: str) -> None:
        """Note that what a function's environments are started from is ready, or that it cannot be made."""
        if pool := self.pools.get(function):
            pool.prepared()
            if self._warm:
                pool.keep_warm()

    async def run(self) -> None:
        """Keep one environment of each function running and end idle ones, until cancelled."""
        self._warm = True
        while True:
            for pool in self.pools.values():
                pool.keep_warm()
                pool.end_idle(self._idle_s)
            await asyncio.sleep(self._idle_s / 10)

    def outdated(self, function: str) -> None:
        """Note that a starting environment has old code and was asked to end; start another."""
        if pool := self.pools.get(function):
            pool.start_instead()

    def started(self, environment: Environment, engine: Engine) -> None:
        """Note that an environment is ready for calls, after its first start or a restart."""
        if pool := self.pools.get(environment.function):
            pool.started(environment, engine)
        else:
            environment.stop()  # its function was removed while it started

    def resetting(self, environment: Environment, reason: str) -> None:
        """Note that an environment initialises again and takes no calls meanwhile."""
        if pool := self.pools.get(environment.function):
            pool.resetting(environment, reason)

    def ended(self, environment: Environment, reason: str, *, gone: bool) -> None:
        """Note that an environment's processes have ended, and with `gone` the environment itself."""
        if pool := self.pools.get(environment.function):
            pool.ended(environment, reason, gone=gone)

    async def room_for_batch(self, target: str) -> None:
        """Wait until an environment can take another batch; see `BatchInvoker`."""
        while True:
            pool = self.pools.get(self.executed(target))
            if pool is None or pool.removed:  # the function may be made again
                await self._changed.wait()
                continue
            pool.awaited = True
            pool.keep_warm()
            await pool.room.another.wait()
            if not pool.removed:
                return

    @contextlib.contextmanager
    def batch(self, target: str) -> Iterator[None]:
        """Count a batch as in flight while the block lasts; see `BatchInvoker`."""
        pool = self.pools.get(self.executed(target))
        if pool is None:
            yield
            return
        pool.change_batches(1)
        try:
            yield
        finally:
            pool.change_batches(-1)

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        """Make an invocation; see `Invoker`."""
        pool = self.pools.get(self.executed(invocation.target))
        if pool is None or pool.removed:
            return Outcome(OutcomeKind.NOT_STARTED, b"{}", reason=f"there is no function {invocation.target} any more")
        if invocation.version != pool.function.version:
            invocation = replace(invocation, version=pool.function.version)
        if refusal := self._refusal(pool):
            return self._refuse(invocation, refusal)
        pool.in_flight += 1  # before the first await, so that other calls count this one
        task = asyncio.ensure_future(self._make(PooledCall(pool, invocation, self._emit, self._faults), within_s))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not any(begun is invocation for begun in pool.serving()):
                task.cancel()  # it still waits, and nobody waits for it
            raise

    async def _make(self, call: PooledCall, within_s: float | None) -> Outcome:
        try:
            return await call.make(within_s)
        finally:
            call.pool.in_flight -= 1
            self._forget(call.pool)

    def _refuse(self, invocation: Invocation, refusal: Outcome) -> Outcome:
        self._emit(InvocationThrottled(invocation, refusal.reason))
        return refusal

    def _refusal(self, pool: Pool) -> Outcome | None:
        """Return the outcome of a refused call; None if the call is made, at once or after a wait."""
        if rule := self._faults.take(pool.function.name, THROTTLES):
            return throttled(RESERVED_CONCURRENCY_EXCEEDED, rule.reason)
        if self._is_throttled(pool.function.name):
            return throttled(
                RESERVED_CONCURRENCY_EXCEEDED, "above ReservedConcurrentExecutions; raise it, or send less at once"
            )
        if self._reserved(pool.function.name) is None and self._unreserved_in_flight() >= self._unreserved():
            return throttled(
                CONCURRENCY_EXCEEDED, f"above the account's {ACCOUNT_CONCURRENCY} calls in flight; send less at once"
            )
        return None

    def _reserved(self, function: str) -> int | None:
        """Return how many executions are reserved for all versions of a function together, if any are."""
        latest = self.pools.get(function)
        return latest.function.reserved_concurrency if latest else None

    def _is_throttled(self, function: str) -> bool:
        """Return whether another call would exceed the function's reservation (FU-25)."""
        limit = self._reserved(function)
        return limit is not None and limit <= sum(
            p.in_flight for p in self.pools.values() if p.function.name == function
        )

    def _unreserved_in_flight(self) -> int:
        return sum(pool.in_flight for pool in self.pools.values() if self._reserved(pool.function.name) is None)

    def _unreserved(self) -> int:
        """Return the account's concurrency that is left for functions without reserved concurrency."""
        return ACCOUNT_CONCURRENCY - sum(pool.function.reserved_concurrency or 0 for pool in self.pools.values())

    async def drain(self) -> None:
        """Wait for the end of all calls in flight."""
        while self._calls:
            await asyncio.wait(set(self._calls))
