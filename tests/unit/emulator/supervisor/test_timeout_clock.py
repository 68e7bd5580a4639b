"""Timeouts that can be stopped, in virtual time."""

import asyncio

from emulator.supervisor.timeout_clock import TimeoutClock
from tests.unit.emulator.sqs_model import now, run


def test_the_time_in_which_it_is_stopped_does_not_count() -> None:
    async def scenario() -> tuple[float, float]:
        clock, never = TimeoutClock(), asyncio.get_running_loop().create_future()
        waiting = asyncio.ensure_future(clock.wait({never}, 3))
        await asyncio.sleep(1)
        clock.change(stopped=True)
        await asyncio.sleep(1000)
        clock.change(stopped=False)
        return await waiting, now()

    left_s, at = run(scenario())
    assert left_s <= 0
    assert round(at) == 1003


def test_a_stopped_clock_ends_with_what_it_waits_for() -> None:
    async def scenario() -> float:
        clock, end = TimeoutClock(), asyncio.get_running_loop().create_future()
        clock.change(stopped=True)
        waiting = asyncio.ensure_future(clock.wait({end}, 3))
        await asyncio.sleep(1000)
        end.set_result(None)
        return await waiting

    assert run(scenario()) == 3
