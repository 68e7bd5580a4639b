"""Starts environments and keeps them running; what an environment is (a process, a container) is not known here."""

import asyncio
import itertools
import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from emulator.environments.environment_limits import Limits
from emulator.environments.preparations import PreparationError
from emulator.environments.processors import Processors
from emulator.resources import Function

log = logging.getLogger(__name__)

RESTART_PAUSES_S = (0.3, 0.3, 1.0, 3.0, 10.0)
STEADY_S = 10.0  #: after an environment has run this long, the pauses begin again with the shortest


class Runner(Protocol):
    """Runs one environment at a time for each call of `run`."""

    async def run(self, function: Function) -> str:
        """Run an environment until it ends; return how it ended, or "" if the emulator asked it to end."""
        ...

    async def close(self) -> None:
        """Free what the runner holds; every `run` has ended or was cancelled."""
        ...


class Prepared(Protocol):
    """Knows whether what a function's environments are started from is ready (preparations.py)."""

    async def of(self, function: str) -> object:
        """Wait until the function is prepared. Raises `PreparationError`."""
        ...

    def problem(self, function: str) -> str:
        """Return why it cannot be made; empty if it can, or if it is not known yet."""
        ...


class NothingToPrepare:
    """Functions that can always be started."""

    async def of(self, _: str) -> None:
        """Return at once."""

    def problem(self, _: str) -> str:
        """Return that there is no problem."""
        return ""


@dataclass(slots=True)
class KeptEnvironments:
    """The `Starter` (starters.py) that replaces environments which end by themselves, after pauses that grow."""

    functions: Mapping[str, Function]
    runner: Runner
    limits: Limits = Limits()
    prepared: Prepared = NothingToPrepare()
    always: int = os.cpu_count() or 1  #: this many of each function may start even if the machine is busy
    processors: Processors = field(default_factory=Processors)
    _wanted: Counter[str] = field(default_factory=Counter)  #: how many each function should have
    _kept: Counter[str] = field(default_factory=Counter)  #: how many it has: more than it should while some are ending
    _running: Counter[str] = field(default_factory=Counter)  #: how many of these run now
    _keepers: set[asyncio.Task[None]] = field(default_factory=set)

    def limit(self, function: str) -> int:
        """Return how many environments of a function may run at once."""
        return self.limits.of(function)

    def running(self, function: str) -> int:
        """Return how many environments a function has, including those that are starting."""
        return self._wanted[function]

    def may_start(self, function: str) -> bool:
        """Return whether another may start now: always up to one per processor, and more while processors are idle."""
        if self.prepared.problem(function):
            return False
        running = self._wanted[function]
        return running < self.limit(function) and (running < self.always or self.processors.have_time())

    def start(self, function: str) -> bool:
        """Start another environment; return False if none may start now."""
        if not self.may_start(function):
            return False
        self._wanted[function] += 1
        self._kept[function] += 1
        keeper = asyncio.ensure_future(self._keep(self.functions[function]))
        self._keepers.add(keeper)
        keeper.add_done_callback(self._keepers.discard)
        return True

    def problem(self, function: str) -> str:
        """Return why no environment of a function can be started; empty if one can."""
        return self.prepared.problem(function)

    def ending(self, function: str) -> None:
        """Record that an environment was asked to end, so that it is not started again."""
        self._wanted[function] -= 1

    async def close(self) -> None:
        """End all of them."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await self.runner.close()

    async def _keep(self, function: Function) -> None:
        """Keep an environment running: if it ends by itself, start another, after pauses that grow.

        Each start is that of the function as it is then. One that was removed may still have calls that wait.
        """
        name, pauses = function.key, _pauses()
        while await self._may_run(name):
            began = asyncio.get_running_loop().time()
            function = self.functions.get(name, function)
            ended = await self._run(function)
            if self._kept[name] > self._wanted[name]:
                break
            if asyncio.get_running_loop().time() - began > STEADY_S:
                pauses = _pauses()
            log.warning("%s: a supervisor %s; starting another", name, ended)
            await asyncio.sleep(next(pauses))
        self._kept[name] -= 1

    async def _run(self, function: Function) -> str:
        self._running[function.key] += 1
        try:
            return await self.runner.run(function)
        finally:
            self._running[function.key] -= 1

    async def _may_run(self, function: str) -> bool:
        """Return, once the function is prepared, whether an environment should run; if it cannot, none is wanted.

        One that was asked to end is replaced before it has ended: this environment need not wait for that.
        """
        try:
            await self.prepared.of(function)
        except PreparationError:  # has been logged, and calls get it
            self._wanted[function] -= self._kept[function] <= self._wanted[function]
            return False
        return self._kept[function] - self._wanted[function] <= self._running[function]


def _pauses() -> Iterator[float]:
    return itertools.chain(RESTART_PAUSES_S, itertools.repeat(RESTART_PAUSES_S[-1]))
