"""Accepted events survive the end of the emulator, and SIGKILL at any moment."""

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.event_invocations.next_step import Waits
from emulator.invocation import Outcome
from emulator.queues import QueueMissingError
from tests.unit.emulator.event_invocations.accepting import DONE, FAILED, SQS, Events, accepting

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "queues.sqlite"


def run(scenario: Callable[[Events], Awaitable[None]], file: Path, *outcomes: Outcome, **config: Any) -> None:
    async def main() -> None:
        async with accepting(*outcomes, file=file, **config) as events:
            await scenario(events)

    asyncio.run(main())  # in real time, because a thread writes the file


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def test_events_that_waited_are_made_by_the_next_run(file: Path, caplog) -> None:
    async def accepts(events: Events) -> None:
        events.invoker.room.clear()
        await events.accept("a", "b", payload=b'{"photo": "\xc3\xa9"}')

    async def makes(events: Events) -> None:
        await events.ended(0.01)
        assert sorted(events.called) == ["a", "b"]
        assert json.loads(events.invoker.calls[0].payload) == {"photo": "é"}

    run(accepts, file)
    assert "dropped" not in caplog.text
    run(makes, file)
    assert (file.parent / "queues-events.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_retry_goes_on_in_the_next_run_where_it_was(file: Path) -> None:
    async def fails_twice(events: Events) -> None:
        await events.accept("id")
        await until(lambda: events.called == ["id"] * 2 and not events.invoker.batches)

    async def fails_the_last_time(events: Events) -> None:
        await events.ended(0.01)
        assert events.called == ["id"]
        ((_, record),) = events.queues.bodies
        assert record["requestContext"]["approximateInvokeCount"] == 3

    run(fails_twice, file, FAILED, FAILED, waits=Waits((0.0, 60.0)), on_failure=f"{SQS}lost")
    run(fails_the_last_time, file, FAILED, later_s=100, on_failure=f"{SQS}lost")


def test_a_call_that_is_cut_off_is_made_again(file: Path) -> None:
    async def begins(events: Events) -> None:
        events.invoker.hold.clear()
        await events.accept("id")
        await until(lambda: events.called == ["id"])
        events.events.cancel()

    async def makes(events: Events) -> None:
        await events.ended(0.01)
        assert events.called == ["id"]

    run(begins, file)
    run(makes, file)


def test_a_record_whose_queue_is_missing_is_sent_by_the_next_run(file: Path, caplog) -> None:
    async def ends(events: Events) -> None:
        await events.accept("id")
        await until(lambda: "cannot be sent to done yet" in caplog.text)

    async def sends(events: Events) -> None:
        await events.ended(0.01)
        ((name, record),) = events.queues.bodies
        assert (name, record["requestContext"]["requestId"]) == ("done", "id")
        assert events.called == []

    run(ends, file, DONE, failures=[QueueMissingError("missing")] * 100, on_success=f"{SQS}done")
    run(sends, file, later_s=100, on_success=f"{SQS}done")


KILLED = """
import asyncio, sys
from pathlib import Path
from tests.unit.emulator.event_invocations.accepting import accepting

async def main():
    async with accepting(file=Path(sys.argv[1])) as events:
        events.invoker.hold.clear()
        for number in range(10_000):
            await events.accept(f"id-{number}")
            print(f"id-{number}", flush=True)

asyncio.run(main())
"""


def test_rt08_whatever_was_accepted_is_made_after_a_kill(file: Path) -> None:
    async def killed() -> list[str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, str(file), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout
        accepted = [(await process.stdout.readline()).decode().strip() for _ in range(50)]
        process.send_signal(signal.SIGKILL)
        accepted += (await process.stdout.read()).decode().splitlines()
        await process.wait()
        return accepted

    accepted = asyncio.run(killed())

    async def makes(events: Events) -> None:
        await events.ended(0.01)
        assert set(accepted) <= set(events.called)
        assert len(events.called) == len(set(events.called))

    run(makes, file)
