"""What becomes of a call whose caller has left, before and after it has begun."""

import asyncio

from emulator.environments.environment import Environment
from emulator.environments.pools import Pools
from emulator.invocation import Invocation, Outcome, OutcomeKind
from tests.unit.emulator.environments.test_environments import Scripted, in_pool


def call(name: str) -> Invocation:
    return Invocation("f", name, b"{}")


def test_a_call_that_waits_is_dropped_with_its_caller_and_the_others_keep_their_places() -> None:
    async def scenario(pools: Pools, environment: Environment) -> None:
        made, ends = list[str](), asyncio.Event()

        async def works(invocation: Invocation) -> Outcome:
            made.append(invocation.request_id)
            await ends.wait()
            return Outcome(OutcomeKind.SUCCESS, b"{}")

        pools.started(environment, Scripted(works))
        calls = {name: asyncio.ensure_future(pools.invoke(call(name))) for name in ("first", "left", "second")}
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        calls["left"].cancel()
        await asyncio.gather(calls["left"], return_exceptions=True)
        await asyncio.sleep(0)
        assert pools.pools["f"].in_flight == 2
        ends.set()
        assert [(await calls[name]).kind for name in ("first", "second")] == [OutcomeKind.SUCCESS] * 2
        assert made == ["first", "second"]
        assert pools.pools["f"].in_flight == 0

    in_pool(scenario)


def test_a_call_that_has_begun_goes_on_and_keeps_its_environment() -> None:
    async def scenario(pools: Pools, environment: Environment) -> None:
        ended, ends = list[str](), asyncio.Event()

        async def works(invocation: Invocation) -> Outcome:
            await ends.wait()
            ended.append(invocation.request_id)
            return Outcome(OutcomeKind.SUCCESS, b"{}")

        pools.started(environment, Scripted(works))
        left = asyncio.ensure_future(pools.invoke(call("left")))
        while not environment.busy:
            await asyncio.sleep(0)
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)
        assert environment.busy
        ends.set()
        await pools.drain()
        assert ended == ["left"]
        assert not environment.busy

    in_pool(scenario)


def test_a_caller_that_leaves_in_the_moment_of_its_turn_takes_no_environment_with_it() -> None:
    """Its turn has come, and nobody has been told yet: the environment is given to whoever is next, or is free."""

    async def scenario(pools: Pools, environment: Environment) -> None:
        async def works(_: Invocation) -> Outcome:
            return Outcome(OutcomeKind.SUCCESS, b"{}")

        left = asyncio.ensure_future(pools.invoke(call("left")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        pools.started(environment, Scripted(works))  # its turn comes now
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)
        await pools.drain()
        assert not environment.busy
        assert (await pools.invoke(call("next"))).kind is OutcomeKind.SUCCESS

    in_pool(scenario)
