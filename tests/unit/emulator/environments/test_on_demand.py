"""Environments on demand: a call that finds none free starts one, up to the limit, and idle ones end."""

import asyncio
from dataclasses import replace

import pytest

from emulator.environments.pools import Pools
from emulator.events import Event, InvocationStarted
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import Function
from tests.unit.emulator.scripted import Scenario, Starts, Taking, cancelled
from tests.unit.emulator.sqs_model import now, run
from tests.unit.emulator.stacks import live

WORKER = Function("Worker", "worker", "image", (), 10, 128, 512)


def with_starter(scenario: Scenario, starts: Starts, *functions: Function, idle_s: float = 300) -> list[Event]:
    events: list[Event] = []

    async def main() -> None:
        starts.functions = live(*(functions or [WORKER]))
        starts.pools = Pools(starts.functions, events.append, starter=starts, idle_s=idle_s)
        running = asyncio.ensure_future(starts.pools.run())
        await asyncio.sleep(2 * starts.takes_s)
        await scenario(starts.pools, starts)
        await cancelled(running)

    run(main())
    return events


def calls(pools: Pools, count: int, function: str = "worker") -> list[asyncio.Task[Outcome]]:
    return [asyncio.ensure_future(pools.invoke(Invocation(function, f"{n}", b"{}"))) for n in range(count)]


async def all_succeed(tasks: list[asyncio.Task[Outcome]]) -> None:
    assert {outcome.kind for outcome in await asyncio.gather(*tasks)} == {OutcomeKind.SUCCESS}


def test_one_environment_is_warm_before_the_first_call_and_serves_it_at_once() -> None:
    async def scenario(pools: Pools, starts: Starts) -> None:
        assert (pools.pools["worker"].ready, starts.started) == (1, 1)
        outcome = await pools.invoke(Invocation("worker", "id", b"{}"))
        assert (outcome.waited_for, starts.started) == ("", 1)

    with_starter(scenario, Starts())


def test_calls_one_after_the_other_need_one_environment() -> None:
    async def scenario(pools: Pools, starts: Starts) -> None:
        for _ in range(20):
            await pools.invoke(Invocation("worker", "id", b"{}"))
        assert starts.started == 1

    with_starter(scenario, Starts())


def test_calls_at_once_start_environments_up_to_the_limit_and_the_others_wait() -> None:
    async def scenario(pools: Pools, starts: Starts) -> None:
        began = now()
        await all_succeed(calls(pools, 30))
        assert starts.most == 5
        assert now() - began < 9, "with one it would be 30 s, with five from the start 6"

    with_starter(scenario, Starts(takes_s=0.5))


def test_fu25_never_more_environments_than_are_reserved() -> None:
    async def scenario(pools: Pools, starts: Starts) -> None:
        outcomes = await asyncio.gather(*calls(pools, 10))
        kinds = [outcome.kind for outcome in outcomes]
        assert kinds == [OutcomeKind.SUCCESS] * 2 + [OutcomeKind.THROTTLED] * 8
        assert starts.most == 2

    with_starter(scenario, Starts(), replace(WORKER, reserved_concurrency=2))


def test_above_the_accounts_concurrency_a_call_is_throttled_and_reserved_functions_have_theirs() -> None:
    other = replace(WORKER, name="other", reserved_concurrency=100)

    async def scenario(pools: Pools, starts: Starts) -> None:
        tasks = calls(pools, 910)
        await asyncio.sleep(0.1)
        refused = [task.result() for task in tasks if task.done()]
        assert [outcome.kind for outcome in refused] == [OutcomeKind.THROTTLED] * 10
        assert b"ConcurrentInvocationLimitExceeded" in refused[0].payload
        assert (await pools.invoke(Invocation("other", "id", b"{}"))).kind is OutcomeKind.SUCCESS
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await pools.drain()

    with_starter(scenario, Starts(), WORKER, other)


def test_a_call_tells_whether_it_waited_for_a_cold_start_or_for_the_limit() -> None:
    async def scenario(pools: Pools, starts: Starts) -> None:
        outcomes = await asyncio.gather(*calls(pools, 3))
        assert [one.waited_for for one in outcomes] == ["", "a cold start", "an environment (all 2 are busy)"]
        assert outcomes[2].waited_ms > 0

    events = with_starter(scenario, Starts(limits=2))
    told = [event.waited_for for event in events if isinstance(event, InvocationStarted)]
    assert sorted(told) == ["", "a cold start", "an environment (all 2 are busy)"]


def test_without_a_starter_the_limit_is_the_number_of_connected_environments() -> None:
    async def main() -> None:
        pools = Pools(live(WORKER))
        waiting = asyncio.ensure_future(pools.invoke(Invocation("worker", "early", b"{}")))
        await asyncio.sleep(1)
        starts = Starts(pools=pools)
        for _ in range(2):
            starts.start("worker")
        await asyncio.sleep(10)
        assert (await waiting).waited_for == "an environment (none is connected)"
        outcomes = await asyncio.gather(*calls(pools, 3))
        assert outcomes[2].waited_for == "an environment (all 2 are busy)"
        assert pools.pools["worker"].limit == 2

    run(main())


def test_idle_environments_end_but_for_one() -> None:
    async def scenario(pools: Pools, starts: Starts) -> None:
        await all_succeed(calls(pools, 30))
        await asyncio.sleep(250)
        assert starts.ended == []
        await asyncio.sleep(100)
        assert len(starts.ended) == 4
        assert (pools.pools["worker"].ready, starts.running("worker")) == (1, 1)
        await asyncio.sleep(1_000)
        assert pools.pools["worker"].ready == 1
        await all_succeed(calls(pools, 30))

    with_starter(scenario, Starts())


def test_what_is_used_does_not_end_and_no_call_is_lost_when_others_do() -> None:
    """Calls come just when environments are due: each is served, by one that is not ending."""

    async def scenario(pools: Pools, starts: Starts) -> None:
        for _ in range(40):
            await all_succeed(calls(pools, 3))
            await asyncio.sleep(0.35)
        assert starts.ended == []
        for pause in range(60):
            await all_succeed(calls(pools, 3))
            await asyncio.sleep(pause / 10)
        assert starts.ended

    with_starter(scenario, Starts(), idle_s=3)


def test_an_environment_whose_call_takes_longer_than_idle_ones_live_does_not_end() -> None:
    async def scenario(pools: Pools, starts: Starts) -> None:
        await all_succeed(calls(pools, 3))

    with_starter(scenario, Starts(engine=lambda: Taking(1_000)))


def test_a_function_that_cannot_start_has_one_environment_starting_however_many_calls_wait() -> None:
    async def scenario(pools: Pools, starts: Starts) -> None:
        tasks = calls(pools, 50)
        await asyncio.sleep(1_000)
        assert starts.started == 1
        for task in tasks:
            await cancelled(task)

    with_starter(scenario, Starts(works=0))


def test_a_function_that_crashes_at_every_call_does_not_multiply() -> None:
    """What crashed starts anew by itself: the next call waits for it, and no other one is started."""

    async def scenario(pools: Pools, starts: Starts) -> None:
        (environment,) = pools.pools["worker"].environments
        for _ in range(20):
            engine = environment.engine
            assert engine
            pools.resetting(environment, "it crashed")
            task = asyncio.ensure_future(pools.invoke(Invocation("worker", "id", b"{}")))
            await asyncio.sleep(0.5)
            pools.started(environment, engine)
            assert (await task).waited_for == "a cold start"
        assert starts.started == 1

    with_starter(scenario, Starts())


def test_a_changed_function_has_its_environments_anew_and_no_more_of_them() -> None:
    async def scenario(pools: Pools, starts: Starts) -> None:
        for environment in pools.pools["worker"].environments:
            environment.configured = WORKER
        starts.functions.put("worker", replace(WORKER, timeout_s=9))
        tasks = calls(pools, 1)
        await asyncio.sleep(1)
        assert starts.started == 1, "its supervisor comes again"
        await cancelled(tasks[0])

    with_starter(scenario, Starts())


@pytest.mark.parametrize("reserved", [0, 1])
def test_a_function_with_little_reserved_can_be_seen_to_start(reserved: int) -> None:
    async def scenario(pools: Pools, starts: Starts) -> None:
        assert pools.pools["worker"].ready == 1

    with_starter(scenario, Starts(), replace(WORKER, reserved_concurrency=reserved))


def test_while_the_machine_is_busy_calls_wait_and_are_served_by_more_as_soon_as_it_is_not() -> None:
    async def scenario(pools: Pools, starts: Starts) -> None:
        tasks = calls(pools, 30)
        await asyncio.sleep(5)
        assert starts.most == 2
        starts.busy = False
        await all_succeed(tasks)
        assert starts.most == 5

    with_starter(scenario, Starts(busy=True))


def test_a_call_tells_that_the_machine_is_busy() -> None:
    async def scenario(pools: Pools, starts: Starts) -> None:
        first = calls(pools, 2)
        await asyncio.sleep(1.9)
        (last,) = await asyncio.gather(*calls(pools, 1))
        assert last.waited_for == "an environment (all 2 are busy, and so are the processors)"
        await all_succeed(first)

    with_starter(scenario, Starts(busy=True, takes_s=0.5, engine=lambda: Taking(5)))
