"""An environment of a function, and the runtime engine in it."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulator.aws.identifiers import function_of
from emulator.debugging.debugger_state import DebuggerState
from emulator.failures import EngineGoneError, ExhaustedError, crash, since
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import Function

log = logging.getLogger(__name__)

REPORT_WAIT_S = 0.25  #: how long to wait, after a call, for the supervisor's report on it
EXHAUSTED_S, EXHAUSTED_PAUSE_S = 60.0, 1.0  #: how long, and how often, to try to reach a healthy engine


class Engine(Protocol):
    """Runs the invocations of one environment (emulator/link/engines.py lists the runtime engines)."""

    async def call(self, invocation: Invocation) -> Outcome:
        """Make one call at a time; `EngineGoneError` if the engine cannot take it."""
        ...


@dataclass(frozen=True, slots=True)
class CallReport:
    """The supervisor's report after a call."""

    out_of_memory: bool  #: the kernel killed a process for lack of memory
    taken: bool = True  #: whether the function's process took the call


@dataclass(slots=True, eq=False)
class Environment:
    """A connected environment. Its engine may change: a crash ends one, and a restart brings another."""

    name: str
    function: str  #: `Function.key`
    restart: Callable[[], None]  #: kills the processes of its last start, and starts new ones
    renew: Callable[[], None] = lambda: None  #: ends it; its supervisor connects again for the new configuration
    configured: Function | None = None  #: the function's configuration that it was started with
    engine: Engine | None = None
    stop: Callable[[], None] = lambda: None  #: ends the environment and its supervisor for good
    debugger: DebuggerState | None = None  #: None if its function is not debugged
    stop_timeouts: Callable[[bool], None] = lambda _: None  #: has its supervisor end no call, until called with False
    serving: Invocation | None = None  #: the call in flight
    idle_since: float = 0.0  #: by the loop's clock
    stale: bool = False  #: its function was changed, so that it gets no further call
    start: int = 0  #: the number of its engine's last start
    init_ms: float | None = None  #: duration of an init phase that has not been reported with a call yet
    init_inside: bool = False  #: that init phase was part of the call, and of its duration
    init_failed: bool = False  #: RIE has said that the init phase failed, and not yet how long it took
    init_error: str = ""  #: why its last init phase failed; empty if it did not
    request_id: str = ""  #: the last call's
    report: asyncio.Future[CallReport] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    ended: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def held(self) -> bool:
        """Whether a debugger holds it: nothing may end it until it is released."""
        return self.debugger is not None and self.debugger.held

    @property
    def function_name(self) -> str:
        """The name of its function, whatever version it runs."""
        return function_of(self.function)

    @property
    def busy(self) -> bool:
        """Whether a call is in flight."""
        return self.serving is not None

    async def call(self, invocation: Invocation) -> Outcome:
        """Make one call. A crash if the engine ends meanwhile; `EngineGoneError` if the engine cannot take the call."""
        engine, ended, started = self.engine, self.ended, time.monotonic()
        self.request_id, self.report = invocation.request_id, asyncio.get_running_loop().create_future()
        if engine is None:
            raise EngineGoneError("nothing runs in the environment", taken=False)
        call = asyncio.ensure_future(self._ask(engine, invocation))
        ends: set[asyncio.Future[Any]] = {call, ended}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not call.done():  # its connection breaks too, which shows whether the call had arrived
            await asyncio.wait({call}, timeout=REPORT_WAIT_S)
        if not call.done():
            call.cancel()
            return crash(invocation.request_id, ended.result(), since(started))
        outcome = call.result()
        if outcome.kind is OutcomeKind.CRASH and not (await self._last_report()).taken:
            raise EngineGoneError("the function's process had ended before the call", taken=False)
        return outcome

    async def _ask(self, engine: Engine, invocation: Invocation) -> Outcome:
        """Let the engine make the call; an unexpected error fails this call only."""
        started = time.monotonic()
        try:
            return await self._reach(engine, invocation)
        except EngineGoneError:
            raise
        except Exception as error:
            where = f"{self.function}: environment {self.name}"
            log.exception("%s: a call could not be made (RequestId %s)", where, invocation.request_id)
            problem = " ".join(f"{type(error).__name__}: {error}".split())
            why = f"the emulator could not make the call ({problem}); its own log has the traceback"
            return crash(invocation.request_id, why, since(started))

    async def _reach(self, engine: Engine, invocation: Invocation) -> Outcome:
        """Have the engine make the call, as soon as this process can open a connection to it."""
        started = time.monotonic()
        while True:
            try:
                return await engine.call(invocation)
            except ExhaustedError as error:
                if time.monotonic() - started > EXHAUSTED_S:
                    return crash(invocation.request_id, f"{error}; raise `ulimit -n`", since(started))
                log.warning("%s: %s (RequestId %s); it is tried again", self.function, error, invocation.request_id)
                await asyncio.sleep(EXHAUSTED_PAUSE_S)

    def take_report(self, request_id: str, report: CallReport) -> None:
        """Keep the supervisor's report, unless it is about an earlier call than the last."""
        if request_id == self.request_id and not self.report.done():
            self.report.set_result(report)

    async def ran_out_of_memory(self) -> bool:
        """Return whether the last call was killed for lack of memory."""
        return (await self._last_report()).out_of_memory

    async def _last_report(self) -> CallReport:
        """Return the report on the last call, which may still be on its way."""
        ends: set[asyncio.Future[Any]] = {self.report, self.ended}
        await asyncio.wait(ends, timeout=REPORT_WAIT_S, return_when=asyncio.FIRST_COMPLETED)
        return self.report.result() if self.report.done() else CallReport(out_of_memory=False)
