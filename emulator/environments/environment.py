"""One environment of a function, and what runs in it."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulator.failures import EngineGoneError, crash, since
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import Function

log = logging.getLogger(__name__)

LAST_WORDS_S = 0.25  #: that is waited for what is known of a call after its end


class Engine(Protocol):
    """What runs a function inside one environment (engines.py names them all)."""

    @property
    def init_inside_call(self) -> bool:
        """Whether the first call's duration holds the init phase."""
        ...

    async def call(self, invocation: Invocation) -> Outcome:
        """Make one call; never a second before the first has ended. `EngineGoneError` when it takes no more."""
        ...


@dataclass(frozen=True, slots=True)
class LastWords:
    """What is known of a call after its end."""

    out_of_memory: bool  #: the kernel has killed for lack of memory
    taken: bool = True  #: the function's process was there to take it


@dataclass(slots=True, eq=False)
class Environment:
    """One announced environment. Its engine comes and goes: a crash ends one, a new start brings another."""

    name: str
    function: str
    restart: Callable[[], None]  #: kills what runs in it since its last start, and starts anew
    renew: Callable[[], None] = lambda: None  #: ends it; its supervisor comes again, for the function's configuration
    configured: Function | None = None  #: the function as it was when this was configured
    engine: Engine | None = None
    stop: Callable[[], None] = lambda: None  #: ends it and its supervisor, for good
    serving: Invocation | None = None  #: the call that it was given and has not ended
    idle_since: float = 0.0  #: by the loop's clock
    stale: bool = False  #: its function was changed: it takes no further call
    start: int = 0  #: the number of its engine's last start
    init_ms: float | None = None  #: of an init phase that no call has told yet
    request_id: str = ""  #: of the last call
    last_words: asyncio.Future[LastWords] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    ended: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def busy(self) -> bool:
        """Whether it was given a call that has not ended."""
        return self.serving is not None

    async def call(self, invocation: Invocation) -> Outcome:
        """Make one call: a crash when what runs here ends under it, `EngineGoneError` when the engine takes no more."""
        engine, ended, started = self.engine, self.ended, time.monotonic()
        self.request_id, self.last_words = invocation.request_id, asyncio.get_running_loop().create_future()
        if engine is None:
            raise EngineGoneError("nothing runs in the environment", taken=False)
        call = asyncio.ensure_future(self._ask(engine, invocation))
        ends: set[asyncio.Future[Any]] = {call, ended}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not call.done():  # its connection breaks as well, and tells whether the call had arrived
            await asyncio.wait({call}, timeout=LAST_WORDS_S)
        if not call.done():
            call.cancel()
            return crash(invocation.request_id, ended.result(), since(started))
        outcome = call.result()
        if outcome.kind is OutcomeKind.CRASH and not (await self._heard()).taken:
            raise EngineGoneError("the function's process had ended before the call", taken=False)
        return outcome

    async def _ask(self, engine: Engine, invocation: Invocation) -> Outcome:
        """Have the engine make the call; an error that nobody expects of it ends this call and nothing else."""
        started = time.monotonic()
        try:
            return await engine.call(invocation)
        except EngineGoneError:
            raise
        except Exception as error:
            where = f"{self.function}: environment {self.name}"
            log.exception("%s: a call could not be made (RequestId %s)", where, invocation.request_id)
            what = " ".join(f"{type(error).__name__}: {error}".split())
            why = f"the emulator could not make the call ({what}); its own log has the traceback"
            return crash(invocation.request_id, why, since(started))

    def hear(self, request_id: str, words: LastWords) -> None:
        """Take what is known after a call; of an earlier call it says nothing about the last one."""
        if request_id == self.request_id and not self.last_words.done():
            self.last_words.set_result(words)

    async def ran_out_of_memory(self) -> bool:
        """Tell whether that is what the last call died of."""
        return (await self._heard()).out_of_memory

    async def _heard(self) -> LastWords:
        """Return what is known of the last call; it may still be on its way."""
        ends: set[asyncio.Future[Any]] = {self.last_words, self.ended}
        await asyncio.wait(ends, timeout=LAST_WORDS_S, return_when=asyncio.FIRST_COMPLETED)
        return self.last_words.result() if self.last_words.done() else LastWords(out_of_memory=False)
