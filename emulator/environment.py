"""One environment of a function, and what runs in it."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulator.failures import crash, since
from emulator.invocation import Invocation, Outcome
from emulator.journal.output import LAST_LINES_S
from emulator.resources import Function

log = logging.getLogger(__name__)


class Engine(Protocol):
    """What runs a function inside one environment (engines.py names them all)."""

    @property
    def init_inside_call(self) -> bool:
        """Whether the first call's duration holds the init phase."""
        ...

    async def call(self, invocation: Invocation) -> Outcome:
        """Make one call; never a second before the first has ended."""
        ...


@dataclass(slots=True, eq=False)
class Environment:
    """One announced environment. Its engine comes and goes: a crash ends one, a new start brings another."""

    name: str
    function: str
    restart: Callable[[], None]  #: kills whatever runs in it and starts anew
    renew: Callable[[], None] = lambda: None  #: ends it; its supervisor comes again, for the function's configuration
    configured: Function | None = None  #: the function as it was when this was configured
    engine: Engine | None = None
    busy: bool = False
    stale: bool = False  #: its function was changed: it takes no further call
    init_ms: float | None = None  #: of an init phase that no call has told yet
    peak_mb: int | None = None  #: most memory used so far
    out_of_memory: bool = False  #: the kernel has killed in it, for lack of memory, during the last call
    measured: asyncio.Event = field(default_factory=asyncio.Event)  #: both are those after the present call
    ended: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    async def call(self, invocation: Invocation) -> Outcome:
        """Make one call; ends as a crash when the engine goes away under it."""
        engine, started = self.engine, time.monotonic()
        self.measured.clear()
        if engine is None:
            return crash(invocation.request_id, "nothing runs in the environment", 0)
        call = asyncio.ensure_future(self._ask(engine, invocation))
        ends: set[asyncio.Future[Any]] = {call, self.ended}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if call.done():
            return call.result()
        call.cancel()
        return crash(invocation.request_id, self.ended.result(), since(started))

    async def _ask(self, engine: Engine, invocation: Invocation) -> Outcome:
        """Have the engine make the call; an error that nobody expects of it ends this call and nothing else."""
        started = time.monotonic()
        try:
            return await engine.call(invocation)
        except Exception as error:
            where = f"{self.function}: environment {self.name}"
            log.exception("%s: a call could not be made (RequestId %s)", where, invocation.request_id)
            what = " ".join(f"{type(error).__name__}: {error}".split())
            why = f"the emulator could not make the call ({what}); its own log has the traceback"
            return crash(invocation.request_id, why, since(started))

    async def ran_out_of_memory(self) -> bool:
        """Tell whether that is what the last call died of; the figures may still be on their way."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_LINES_S):
                await self.measured.wait()
        return self.measured.is_set() and self.out_of_memory
