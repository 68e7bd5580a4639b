"""What the pool makes of an environment's news: out of memory, starting anew, gone."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from emulator.environments.environment import CallReport, Environment
from emulator.environments.pools import Pools
from emulator.events import Event, LineWritten
from emulator.failures import crash
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.resources import Function
from tests.unit.emulator.stacks import live

LIMITED = Function("F", "f", "image", (), 3, 256, 512, reserved_concurrency=1)
FUNCTION = Function("F", "f", "image", (), 3, 256, 512)
CALL = Invocation("f", "id", b"{}")


@dataclass
class Scripted:
    """An engine that does what a test says."""

    act: Callable

    async def call(self, invocation: Invocation) -> Outcome:
        return await self.act(invocation)


def in_pool(scenario: Callable, function: Function = FUNCTION) -> None:
    async def run() -> None:
        pools = Pools(live(function))
        await scenario(pools, Environment("e", "f", restart=lambda: None))

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
    environment.take_report(CALL.request_id, CallReport(out_of_memory))


def test_the_figures_of_the_call_before_say_nothing_about_this_one() -> None:
    async def scenario(pools: Pools, environment: Environment) -> None:
        pools.started(environment, Scripted(dies))
        calling = asyncio.ensure_future(pools.invoke(CALL))
        await asyncio.sleep(0)
        environment.take_report("the call before", CallReport(out_of_memory=True))
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


@pytest.mark.parametrize(
    "error", [ValueError("Forbidden\ncharacter"), KeyError("x"), RecursionError(), OSError(24, "x")]
)
def test_what_nobody_expects_of_an_engine_is_a_crash_and_the_environment_goes_on(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(pools: Pools, environment: Environment) -> None:
        async def act(invocation: Invocation) -> Outcome:
            if invocation is CALL:
                raise error
            return Outcome(OutcomeKind.SUCCESS, b"1")

        pools.started(environment, Scripted(act))
        outcome = await pools.invoke(CALL)
        assert outcome.kind is OutcomeKind.CRASH
        assert type(error).__name__ in outcome.reason
        assert len(outcome.reason.splitlines()) == 1
        assert json.loads(outcome.payload)["errorType"] == "Runtime.ExitError"
        assert (await pools.invoke(Invocation("f", "another", b"{}"))).kind is OutcomeKind.SUCCESS

    in_pool(scenario)
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.exc_info
    assert record.exc_info[1] is error
    assert "RequestId id" in record.getMessage()


def test_a_cancelled_call_is_cancelled() -> None:
    async def scenario(pools: Pools, environment: Environment) -> None:
        async def act(invocation: Invocation) -> Outcome:
            if invocation.request_id == "its engine":
                raise asyncio.CancelledError
            await asyncio.get_running_loop().create_future()
            raise AssertionError

        environment.engine = Scripted(act)
        call = asyncio.ensure_future(environment.call(CALL))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        with pytest.raises(asyncio.CancelledError):
            await environment.call(Invocation("f", "its engine", b"{}"))

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
            await asyncio.wait_for(pools.pools["f"].take(CALL), 0.01)
            raise AssertionError("there is no environment left")

    in_pool(scenario)


def test_fu25_of_calls_that_arrive_at_the_same_time_only_the_reserved_ones_run() -> None:
    async def scenario(pools: Pools, environment: Environment) -> None:
        async def works(invocation: Invocation) -> Outcome:
            await asyncio.sleep(0)
            return Outcome(OutcomeKind.SUCCESS, b"1")

        for name in ("e1", "e2", "e3"):
            pools.started(Environment(name, "f", restart=lambda: None), Scripted(works))
        calls = [pools.invoke(Invocation("f", f"{n}", b"{}")) for n in range(4)]
        outcomes = await asyncio.gather(*calls)
        kinds = [outcome.kind for outcome in outcomes]
        assert kinds == [OutcomeKind.SUCCESS] + [OutcomeKind.THROTTLED] * 3
        assert (await pools.invoke(CALL)).kind is OutcomeKind.SUCCESS, "the reservation is free again"

    in_pool(scenario, LIMITED)


def test_a_call_that_is_not_to_wait_longer_is_not_made_when_an_environment_is_free_later() -> None:
    async def scenario(pools: Pools, environment: Environment) -> None:
        made: list[str] = []

        async def works(invocation: Invocation) -> Outcome:
            made.append(invocation.request_id)
            return Outcome(OutcomeKind.SUCCESS, b"1")

        outcome = await pools.invoke(Invocation("f", "late", b"{}"), within_s=0.01)
        assert outcome.kind is OutcomeKind.NOT_STARTED
        pools.started(environment, Scripted(works))
        await pools.invoke(CALL)
        assert made == ["id"]
        assert pools.pools["f"].in_flight == 0

    in_pool(scenario)


def test_a_call_whose_time_is_over_is_not_made_although_an_environment_is_free() -> None:
    async def scenario(pools: Pools, environment: Environment) -> None:
        pools.started(environment, Scripted(dies))
        outcome = await pools.invoke(CALL, within_s=-0.5)
        assert outcome.kind is OutcomeKind.NOT_STARTED

    in_pool(scenario)


def test_breakpoint_without_a_debugger_says_in_the_functions_log_how_to_have_one() -> None:
    """The error is what awslambdaric 4.2.2 reports: pdb meets the end of the standard input."""
    payload = b'{"errorMessage": "", "errorType": "BdbQuit", "requestId": "id", "stackTrace": []}'
    events: list[Event] = []

    async def quits(_: Invocation) -> Outcome:
        return Outcome(OutcomeKind.FUNCTION_ERROR, payload)

    async def scenario() -> None:
        pools = Pools(live(FUNCTION), events.append)
        pools.started(Environment("e", "f", restart=lambda: None), Scripted(quits))
        assert (await pools.invoke(CALL)).payload == payload, "the caller gets what it gets on AWS"

    asyncio.run(scenario())
    (line,) = [event for event in events if isinstance(event, LineWritten)]
    assert "facepipe up --debug f" in line.text
