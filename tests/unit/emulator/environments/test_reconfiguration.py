"""A function that is changed while its environments work, rest or start."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from emulator.environments.environment import Environment
from emulator.environments.pools import Pools
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import Function
from emulator.stack.live import LiveResources
from tests.unit.emulator.stacks import live

WORKER = Function("Worker", "worker", "image", (), 3, 128, 512)
CHANGED = replace(WORKER, timeout_s=9)


class Waiting:
    """An engine whose calls end when they are told to."""

    def __init__(self) -> None:
        self.end = asyncio.Event()

    async def call(self, invocation: Invocation) -> Outcome:
        await self.end.wait()
        return Outcome(OutcomeKind.SUCCESS, b"null")


def run(scenario: Callable[[Pools, LiveResources[Function]], Awaitable[None]]) -> None:
    async def main() -> None:
        functions = live(WORKER)
        await scenario(Pools(functions), functions)

    asyncio.run(main())


def environment(name: str, renewed: list[str], configured: Function = WORKER) -> Environment:
    return Environment(name, "worker", lambda: None, lambda: renewed.append(name), configured)


def test_an_idle_environment_ends_at_once_and_a_busy_one_after_its_call() -> None:
    async def scenario(pools: Pools, functions: LiveResources[Function]) -> None:
        renewed: list[str] = []
        engine = Waiting()
        pools.started(environment("busy", renewed), engine)
        call = asyncio.ensure_future(pools.invoke(Invocation("worker", "id", b"{}")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        pools.started(environment("idle", renewed), Waiting())
        functions.put("worker", CHANGED)
        assert renewed == ["idle"]
        engine.end.set()
        assert (await call).kind is OutcomeKind.SUCCESS
        assert renewed == ["idle", "busy"]
        assert pools.pools["worker"].environments == []

    run(scenario)


def test_an_environment_that_was_starting_meanwhile_takes_no_call_with_the_old_configuration() -> None:
    async def scenario(pools: Pools, functions: LiveResources[Function]) -> None:
        renewed: list[str] = []
        starting = environment("starting", renewed)
        functions.put("worker", CHANGED)
        pools.started(starting, Waiting())
        assert renewed == ["starting"]
        pools.started(environment("new", renewed, CHANGED), Waiting())
        assert [e.name for e in pools.pools["worker"].environments] == ["new"]

    run(scenario)


def test_fu25_a_changed_reservation_needs_no_new_environments() -> None:
    async def scenario(pools: Pools, functions: LiveResources[Function]) -> None:
        renewed: list[str] = []
        pools.started(environment("one", renewed), Waiting())
        functions.put("worker", replace(WORKER, reserved_concurrency=0))
        outcome = await pools.invoke(Invocation("worker", "id", b"{}"))
        assert (outcome.kind, renewed) == (OutcomeKind.THROTTLED, [])

    run(scenario)
