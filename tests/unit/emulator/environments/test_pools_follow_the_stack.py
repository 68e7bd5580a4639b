"""Functions that are added and removed while calls are made."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from emulator.environments.pools import Pools
from emulator.invocation import Invocation, OutcomeKind
from emulator.resources import Function
from emulator.stack.live import LiveResources
from tests.unit.emulator.scripted import Starts, Taking, cancelled
from tests.unit.emulator.sqs_model import run
from tests.unit.emulator.stacks import live

WORKER = Function("Worker", "worker", "image", (), 3, 128, 512)
ECHO = replace(WORKER, name="echo")


def with_starts(starts: Starts, scenario: Callable[[Pools, LiveResources[Function]], Awaitable[None]]) -> None:
    async def main() -> None:
        functions = live(WORKER)
        starts.pools = pools = Pools(functions, starter=starts)
        keeping = asyncio.ensure_future(pools.run())
        await asyncio.sleep(2)
        await scenario(pools, functions)
        await cancelled(keeping)

    run(main())


def call(pools: Pools, function: str = "worker") -> asyncio.Task:
    return asyncio.ensure_future(pools.invoke(Invocation(function, "id", b"{}")))


def test_a_function_that_is_added_has_an_environment_at_once_and_answers() -> None:
    async def scenario(pools: Pools, functions: LiveResources[Function]) -> None:
        assert (await call(pools, "echo")).kind is OutcomeKind.NOT_STARTED
        functions.put("echo", ECHO)
        assert starts.started == 2
        assert (await call(pools, "echo")).kind is OutcomeKind.SUCCESS

    starts = Starts()
    with_starts(starts, scenario)


def test_a_function_that_is_removed_ends_its_environments_after_the_calls_in_flight() -> None:
    async def scenario(pools: Pools, functions: LiveResources[Function]) -> None:
        calls = [call(pools) for _ in range(3)]
        await asyncio.sleep(6)  # three environments by now, and each had a call
        await asyncio.gather(*calls)
        last = call(pools)
        await asyncio.sleep(0.1)
        functions.remove("worker")
        assert len(starts.ended) == starts.most - 1, "those without a call end at once"
        refused = await call(pools)
        assert (refused.kind, refused.reason) == (OutcomeKind.NOT_STARTED, "there is no function worker any more")
        assert (await last).kind is OutcomeKind.SUCCESS
        assert len(starts.ended) == starts.most
        assert starts.running("worker") == 0
        assert pools.pools == {}

    starts = Starts(engine=lambda: Taking(2))
    with_starts(starts, scenario)


def test_calls_that_wait_for_a_removed_function_are_served_first() -> None:
    async def scenario(pools: Pools, functions: LiveResources[Function]) -> None:
        calls = [call(pools) for _ in range(4)]
        await asyncio.sleep(0.1)
        functions.remove("worker")
        assert {outcome.kind for outcome in await asyncio.gather(*calls)} == {OutcomeKind.SUCCESS}
        await asyncio.sleep(5)
        assert (len(starts.ended), starts.running("worker")) == (starts.started, 0)
        assert pools.pools == {}

    starts = Starts(limits=2)
    with_starts(starts, scenario)


def test_an_environment_that_starts_for_a_removed_function_ends() -> None:
    async def scenario(pools: Pools, functions: LiveResources[Function]) -> None:
        functions.put("echo", ECHO)
        functions.remove("echo")
        assert starts.running("echo") == 0
        await asyncio.sleep(3)
        assert starts.ended == ["e2"]

    starts = Starts()
    with_starts(starts, scenario)


def test_a_function_that_is_added_again_during_its_last_call_goes_on_in_new_environments() -> None:
    async def scenario(pools: Pools, functions: LiveResources[Function]) -> None:
        last = call(pools)
        await asyncio.sleep(0.1)
        functions.remove("worker")
        functions.put("worker", WORKER)
        assert (await last).kind is OutcomeKind.SUCCESS
        assert (await call(pools)).kind is OutcomeKind.SUCCESS

    with_starts(Starts(engine=lambda: Taking(2)), scenario)
