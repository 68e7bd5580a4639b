"""The supervisor's side of RIE, with a program of a few lines in its place."""

import argparse
import asyncio
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from emulator.supervisor.rie import Rie
from tests.unit.emulator.test_runtime_engine import Emulator

PROGRAM = f"""#!{sys.executable} -S
import socket, sys, time
host, port = sys.argv[2].split(":")
listener = socket.create_server((host, int(port)))
while True:
    listener.accept()[0].close()
"""
INIT = "[INFO] (rapid) INIT START(type: on-demand, phase: init)"
BEGINS = "[INFO] (rapid) INVOKE START(requestId: {})"
RESTS = "[INFO] (rapid) INVOKE RTDONE(status: success, produced bytes: 0, duration: 1.0ms)"
EXITED = "[WARNING] (rapid) Process runtime-1 exited: signal: killed"
FAILED = "[ERROR] (rapid) Invoke failed InvokeID={} error=Runtime exited with error: signal: killed"


def rie(emulator: Emulator, program: Path) -> Rie:
    options = argparse.Namespace(listen="127.0.0.1", port=0, rie=str(program), command=["true"])
    return Rie(options, {"environment": {}, "timeout_s": 3}, emulator)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Rie, Emulator]]:
    program = folder / "rie"
    program.write_text(PROGRAM)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    emulator = Emulator()
    engine = rie(emulator, program)
    task = asyncio.ensure_future(engine.run())
    try:
        yield engine, emulator
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def run(folder: Path, scenario: Callable[[Rie, Emulator], Awaitable[None]]) -> None:
    async def main() -> None:
        async with running(folder) as (engine, emulator):
            await scenario(engine, emulator)

    asyncio.run(main())


def test_it_starts_anew_when_it_is_told_to(tmp_path: Path) -> None:
    async def scenario(engine: Rie, emulator: Emulator) -> None:
        await engine.restart((await emulator.hears("ready"))["start"])
        assert (await emulator.hears("exit"))["reason"] == "restarted by the emulator"
        await emulator.hears("ready", 2)

    run(tmp_path, scenario)


def test_an_order_to_start_anew_that_comes_after_the_new_start_changes_nothing(tmp_path: Path) -> None:
    async def scenario(engine: Rie, emulator: Emulator) -> None:
        first = (await emulator.hears("ready"))["start"]
        await engine.restart(first)
        second = (await emulator.hears("ready", 2))["start"]
        await engine.restart(first)
        await engine.restart(second)
        await emulator.hears("ready", 3)
        assert len(emulator.heard("exit")) == 2

    run(tmp_path, scenario)


@pytest.mark.parametrize(
    ("lines", "taken"),
    [
        ([INIT, BEGINS, RESTS, EXITED, BEGINS, FAILED], False),
        ([INIT, BEGINS, RESTS, BEGINS, EXITED, FAILED], True),
        ([INIT, EXITED, BEGINS, FAILED], True),
        ([INIT, BEGINS, RESTS, EXITED, BEGINS, FAILED, INIT, BEGINS, EXITED, FAILED], True),
    ],
    ids=["between calls", "during the call", "in the init phase", "between calls, then during a call"],
)
def test_a_call_is_taken_unless_the_process_ended_before_it(lines: list[str], taken: bool) -> None:
    async def tell() -> None:
        emulator = Emulator()
        engine = rie(emulator, Path("/nowhere"))
        for line in lines:
            engine.tell("log", stream="stderr", line=f"26 Nov 2026 11:56:42,682 {line.format('r')}")
        assert emulator.heard("done")[-1]["taken"] is taken

    asyncio.run(tell())
