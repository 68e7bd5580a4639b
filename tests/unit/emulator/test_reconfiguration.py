"""A function that is changed while its environments work, rest or start."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from emulator.environments.environment import Environment
from emulator.environments.pools import Pools
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import Function

WORKER = Function("Worker", "worker", "image", (), 3, 128, 512)
CHANGED = replace(WORKER, timeout_s=9)


class Waiting:
    """An engine whose calls end when they are told to."""

    init_inside_call = False

    def __init__(self) -> None:
        self.end = asyncio.Event()

    async def call(self, invocation: Invocation) -> Outcome:
        await self.end.wait()
        return Outcome(OutcomeKind.SUCCESS, b"null")


def run(scenario: Callable[[Pools, list[str]], Awaitable[None]]) -> None:
    async def main() -> None:
        await scenario(Pools([WORKER]), [])

    asyncio.run(main())


def environment(name: str, renewed: list[str], configured: Function = WORKER) -> Environment:
    return Environment(name, "worker", lambda: None, lambda: renewed.append(name), configured)


def test_an_idle_environment_ends_at_once_and_a_busy_one_after_its_call() -> None:
    async def scenario(pools: Pools, renewed: list[str]) -> None:
        engine = Waiting()
        pools.started(environment("busy", renewed), engine)
        call = asyncio.ensure_future(pools.invoke(Invocation("worker", "id", b"{}")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        pools.started(environment("idle", renewed), Waiting())
        pools.reconfigure(CHANGED, renew=True)
        assert renewed == ["idle"]
        engine.end.set()
        assert (await call).kind is OutcomeKind.SUCCESS
        assert renewed == ["idle", "busy"]
        assert pools.pools["worker"].environments == []

    run(scenario)


def test_an_environment_that_was_starting_meanwhile_takes_no_call_with_the_old_configuration() -> None:
    async def scenario(pools: Pools, renewed: list[str]) -> None:
        starting = environment("starting", renewed)
        pools.reconfigure(CHANGED, renew=True)
        pools.started(starting, Waiting())
        assert renewed == ["starting"]
        pools.started(environment("new", renewed, CHANGED), Waiting())
        assert [e.name for e in pools.pools["worker"].environments] == ["new"]

    run(scenario)


def test_fu25_a_changed_reservation_needs_no_new_environments() -> None:
    async def scenario(pools: Pools, renewed: list[str]) -> None:
        pools.started(environment("one", renewed), Waiting())
        pools.reconfigure(replace(WORKER, reserved_concurrency=0), renew=False)
        outcome = await pools.invoke(Invocation("worker", "id", b"{}"))
        assert (outcome.kind, renewed) == (OutcomeKind.THROTTLED, [])

    run(scenario)
