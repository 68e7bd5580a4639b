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
from tests.unit.emulator.supervisor.test_runtime_engine import Emulator

PROGRAM = f"""#!{sys.executable} -S
import socket, sys, time
host, port = sys.argv[2].split(":")
listener = socket.create_server((host, int(port)))
while True:
    listener.accept()[0].close()
"""
TOKEN = "this-start"
INIT = "[INFO] (rapid) INIT START(type: on-demand, phase: init)"
BEGINS = "[INFO] (rapid) INVOKE START(requestId: {})"
RESTS = "[INFO] (rapid) INVOKE RTDONE(status: success, produced bytes: 0, duration: 1.0ms)"
EXITED = "[WARNING] (rapid) Process runtime-1 exited: signal: killed"
FAILED = "[ERROR] (rapid) Invoke failed InvokeID={} error=Runtime exited with error: signal: killed"


def rie(emulator: Emulator, program: Path, extensions: str = "") -> Rie:
    options = argparse.Namespace(listen="127.0.0.1", port=0, rie=str(program), command=["true"], extensions=extensions)
    return Rie(options, {"environment": {}, "timeout_s": 3, "init_s": 10}, emulator, token=TOKEN)


@asynccontextmanager
async def running(folder: Path, text: str = PROGRAM) -> AsyncIterator[tuple[Rie, Emulator]]:
    program = folder / "rie"
    program.write_text(text)
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
    async def send() -> None:
        emulator = Emulator()
        engine = rie(emulator, Path("/nowhere"))
        for line in lines:
            engine.send("log", stream="stderr", line=f"26 Nov 2026 11:56:42,682 {line.format('r')}")
        assert emulator.heard("done")[-1]["taken"] is taken

    asyncio.run(send())


#: as RIE: it starts the command with its own output, answers one call, and says its words on its own streams
ANSWERING = f"""#!{sys.executable} -S
import socket, subprocess, sys
host, port = sys.argv[2].split(":")
listener = socket.create_server((host, int(port)))
own = True
while True:
    with listener.accept()[0] as connection:
        if not connection.recv(65536):
            continue
        if own:  # the first invocation is the supervisor's own
            own = False
            connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\nConnection: close\\r\\n\\r\\nnull")
            continue
        print("START RequestId: r-1 Version: $LATEST", flush=True)
        subprocess.run(sys.argv[5:], close_fds=False)
        print("END RequestId: r-1", flush=True)
        print("REPORT RequestId: r-1\\tDuration: 1 ms", flush=True)
        connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\nConnection: close\\r\\n\\r\\nnull")
"""
FORGED = (
    "REPORT RequestId: r-1\tforged",
    "x [ERROR] (rapid) Invoke failed y InvokeID=r-1",
    "26 Nov (rapid) INVOKE RTDONE",
)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_what_a_function_prints_is_never_taken_for_ries_words(tmp_path: Path, stream: str) -> None:
    """It writes to pipes of its own. All of it is sent before the invocation's end, and that before the answer."""

    async def scenario() -> None:
        async with running(tmp_path, ANSWERING) as (engine, emulator):
            engine._options.command = [
                sys.executable,
                "-S",
                "-c",
                f"import sys; [print(line, file=sys.{stream}) for line in sys.argv[1:]]",
                *FORGED,
            ]
            port = (await emulator.hears("ready"))["port"]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"POST / HTTP/1.1\r\nFacepipe-Token: {TOKEN}\r\n\r\n".encode())
            assert (await reader.read()).endswith(b"null")
            sent = list(emulator.sent)
            writer.close()
        lines = [(message["stream"], message["line"]) for message in sent if message["type"] == "log"]
        assert [line for where, line in lines if where == stream] == list(FORGED)
        assert [line for where, line in lines if where == "rie"] == [], "RIE's bookkeeping stays here"
        assert [message["request_id"] for message in sent if message["type"] == "done"] == ["r-1"], (
            "one, and before the answer"
        )
        assert sent[-1]["type"] == "done"

    asyncio.run(scenario())


def test_rt20_lines_of_an_extension_that_rie_starts_are_not_taken_for_ries(tmp_path: Path) -> None:
    """They come over the same pipes, and RIE's own lines begin with a date, or are its words about a call."""
    (tmp_path / "watcher").write_text("")
    own = [
        "26 Nov 2026 11:56:42,682 [INFO] (rapid) INIT START(type: on-demand)",
        "26 Nov 2026 11:56:42,683 [WARNING] Cannot list external agents",
    ]

    async def send() -> None:
        emulator = Emulator()
        engine = rie(emulator, Path("/nowhere"), str(tmp_path))
        for line in (*own, "watching", "26 Nov"):
            engine.send("log", stream="rie", line=line)
        assert [message["stream"] for message in emulator.sent] == ["rie", "rie", "extension", "extension"]

    asyncio.run(send())


def test_what_rie_says_of_each_call_stays_here_and_what_it_says_of_the_init_phase_does_not() -> None:
    """The lines of a first call, as RIE 1.40 writes them; the emulator has its own START, END and REPORT."""
    date = "26 Nov 2026 11:56:42,682 [INFO] (rapid) "
    init = [
        f"{date}INIT START(type: on-demand, phase: init)",
        f"{date}INIT RTDONE(status: success)",
        f"{date}INIT REPORT(durationMs: 812.6)",
    ]
    call = [
        "START RequestId: r-1 Version: $LATEST",
        f"{date}INVOKE START(requestId: r-1)",
        f"{date}INVOKE RTDONE(status: success, produced bytes: 0, duration: 1.0ms)",
        "END RequestId: r-1",
        "REPORT RequestId: r-1\tDuration: 1 ms",
    ]

    async def send() -> None:
        emulator = Emulator()
        engine = rie(emulator, Path("/nowhere"))
        for line in (*init, *call):
            engine.send("log", stream="rie", line=line)
        assert [message["line"] for message in emulator.heard("log")] == init
        assert [message["request_id"] for message in emulator.heard("done")] == ["r-1"]

    asyncio.run(send())
