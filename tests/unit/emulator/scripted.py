"""A starter of environments in virtual time: they come up after a while, or never."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from emulator.environments.environment import Engine, Environment
from emulator.environments.pools import Pools
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import Function
from emulator.stack.live import LiveResources


@dataclass
class Taking:
    """An engine whose calls take a while."""

    seconds: float = 1.0

    async def call(self, invocation: Invocation) -> Outcome:
        await asyncio.sleep(self.seconds)
        return Outcome(OutcomeKind.SUCCESS, b"null")


@dataclass
class Starts:
    """Starts environments that announce themselves after `takes_s`; those behind `works` never do."""

    limits: int = 5
    takes_s: float = 1.0
    works: int = 1_000_000
    engine: Callable[[], Engine] = Taking
    busy: bool = False  #: the machine: no more are started than `always`
    always: int = 2
    started: int = 0
    most: int = 0  #: that were running at once
    ended: list[str] = field(default_factory=list)
    pools: Pools | None = None  #: where they announce themselves
    functions: LiveResources[Function] = field(default_factory=LiveResources)
    _running: Counter[str] = field(default_factory=Counter)

    def limit(self, function: str) -> int:
        return self.limits

    def running(self, function: str) -> int:
        return self._running[function]

    def may_start(self, function: str) -> bool:
        return self._running[function] < (min(self.limits, self.always) if self.busy else self.limits)

    def problem(self, _: str) -> str:
        return ""

    def start(self, function: str) -> bool:
        if not self.may_start(function):
            return False
        self._running[function] += 1
        self.most = max(self.most, self._running[function])
        self.started += 1
        if self.started <= self.works:
            asyncio.get_running_loop().call_later(self.takes_s, self._announce, f"e{self.started}", function)
        return True

    def ending(self, function: str) -> None:
        self._running[function] -= 1

    async def close(self) -> None:
        """Nothing runs."""

    def _announce(self, name: str, function: str) -> None:
        assert self.pools
        loop = asyncio.get_running_loop()

        def come_again() -> None:
            loop.call_later(self.takes_s, self._announce, name, function)

        environment = Environment(name, function, lambda: None, come_again, stop=lambda: self.ended.append(name))
        self.pools.started(environment, self.engine())


async def cancelled(task: asyncio.Future) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


Scenario = Callable[[Pools, Starts], Awaitable[None]]
