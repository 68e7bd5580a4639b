"""What the pool makes of an environment's news: out of memory, starting anew, gone."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from emulator.environment import Environment, LastWords
from emulator.environments import Pools
from emulator.failures import crash
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.journal.journal import keep
from emulator.resources import Function

FUNCTION = Function("F", "f", "image", (), 3, 256, 512)
CALL = Invocation("f", "id", b"{}")


@dataclass
class Scripted:
    """An engine that does what a test says."""

    act: Callable
    init_inside_call: bool = False

    async def call(self, invocation: Invocation) -> Outcome:
        return await self.act(invocation)


def in_pool(scenario: Callable) -> None:
    async def run() -> None:
        async with keep(None) as journal:
            pools = Pools([FUNCTION], journal)
            await scenario(pools, Environment("e", "f", restart=lambda: None))
            await pools.output.drain()

    asyncio.run(run())


async def dies(invocation: Invocation) -> Outcome:
    return crash(invocation.request_id, "Runtime exited with error: signal: killed", 1.0)


def test_a_crash_that_the_kernel_made_for_lack_of_memory_says_so_and_the_cure() -> None:
    async def scenario(pools: Pools, environment: Environment) -> None:
        pools.started(environment, Scripted(dies))
        calling = asyncio.ensure_future(pools.invoke(CALL))
        await asyncio.sleep(0)  # the figures come after the answer, on another connection
        asyncio.get_running_loop().call_later(0.01, told, environment, True)
        outcome = await calling
        assert outcome.kind is OutcomeKind.CRASH
        assert "out of memory at 256 MB; raise MemorySize" in outcome.reason

    in_pool(scenario)


def told(environment: Environment, out_of_memory: bool) -> None:
    environment.hear(CALL.request_id, LastWords(out_of_memory))


def test_the_figures_of_the_call_before_say_nothing_about_this_one() -> None:
    async def scenario(pools: Pools, environment: Environment) -> None:
        pools.started(environment, Scripted(dies))
        calling = asyncio.ensure_future(pools.invoke(CALL))
        await asyncio.sleep(0)
        environment.hear("the call before", LastWords(out_of_memory=True))
        await asyncio.sleep(0)
        told(environment, out_of_memory=False)
        assert "out of memory" not in (await calling).reason

    in_pool(scenario)


def test_another_crash_in_a_limited_environment_is_not_called_that() -> None:
    async def scenario(pools: Pools, environment: Environment) -> None:
        pools.started(environment, Scripted(dies))
        asyncio.get_running_loop().call_later(0.01, told, environment, False)
        assert "out of memory" not in (await pools.invoke(CALL)).reason

    in_pool(scenario)


def test_an_environment_that_initialises_anew_gets_no_call_until_then_and_ends_its_own() -> None:
    async def scenario(pools: Pools, environment: Environment) -> None:
        go = asyncio.Event()

        async def waits(invocation: Invocation) -> Outcome:
            await go.wait()
            return Outcome(OutcomeKind.SUCCESS, b"1")

        pools.started(environment, Scripted(waits))
        first = asyncio.ensure_future(pools.invoke(CALL))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        pools.resetting(environment, "a reason")
        second = asyncio.ensure_future(pools.invoke(CALL))
        go.set()
        assert (await first).kind is OutcomeKind.SUCCESS
        await asyncio.sleep(0)
        assert not second.done()
        pools.started(environment, Scripted(waits))
        assert (await second).kind is OutcomeKind.SUCCESS

    in_pool(scenario)


def test_an_environment_that_is_gone_ends_its_call_as_a_crash() -> None:
    async def scenario(pools: Pools, environment: Environment) -> None:
        async def never(invocation: Invocation) -> Outcome:
            await asyncio.get_running_loop().create_future()
            raise AssertionError

        pools.started(environment, Scripted(never))
        call = asyncio.ensure_future(pools.invoke(CALL))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        pools.ended(environment, "its supervisor ended", gone=True)
        assert (await call).kind is OutcomeKind.CRASH
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(pools.pools["f"].take(), 0.01)
            raise AssertionError("there is no environment left")

    in_pool(scenario)
