"""The init phase behind RIE before the first call: RIE itself, and a runtime of a few lines behind the relay."""

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from emulator.supervisor.init_ahead import RuntimeRelay
from emulator.supervisor.rie import Rie
from tests.unit.emulator.supervisor.test_runtime_engine import RUNTIME, TOKEN, Emulator


class Running:
    def __init__(self, engine: Rie, emulator: Emulator, http: httpx.AsyncClient) -> None:
        self.engine, self.emulator, self.http = engine, emulator, http

    async def call(self, event: str, request_id: str = "r-1") -> httpx.Response:
        port = (await self.emulator.hears("ready"))["port"]
        url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
        headers = {"Facepipe-Token": TOKEN, "X-Amzn-RequestId": request_id, "Connection": "close"}
        return await self.http.post(url, content=json.dumps(event), headers=headers)

    def logged(self, stream: str) -> list[str]:
        return [message["line"] for message in self.emulator.heard("log") if message["stream"] == stream]


@asynccontextmanager
async def running(
    rie: Path, *arguments: str, timeout_s: int = 10, init_s: float = 10, **environment: str
) -> AsyncIterator[Running]:
    emulator = Emulator()
    command = [sys.executable, "-S", str(RUNTIME), *arguments]
    options = argparse.Namespace(listen="127.0.0.1", port=0, rie=str(rie), command=command, extensions="")
    configuration = {"environment": environment, "timeout_s": timeout_s, "init_s": init_s}
    engine = Rie(options, configuration, emulator, token=TOKEN)
    task = asyncio.ensure_future(engine.run())
    try:
        async with asyncio.timeout(240), httpx.AsyncClient(timeout=30) as http:
            yield Running(engine, emulator, http)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def inits(it: Running) -> list[str]:
    """RIE's words about init phases that the emulator hears of while a call runs."""
    return [line.split("(rapid) ")[1] for line in it.logged("rie") if "INIT RTDONE" in line]


def test_rt05_the_init_phase_is_over_before_the_first_call_and_the_function_gets_that_call_first(rie: Path) -> None:
    async def scenario() -> None:
        async with running(rie, "slow init", INIT_S="0.3") as it:
            ready = await it.emulator.hears("ready")
            assert (ready["start"], ready["init_status"], ready["init_error"]) == (1, "success", "")
            assert ready["init_ms"] >= 300, "it is measured by RIE, from the start of the process on"
            answers = [await it.call("headers", "r-1"), await it.call("", "r-2"), await it.call("", "r-3")]
            assert answers[0].json()["lambda-runtime-aws-request-id"] == "r-1"
            assert it.logged("stdout") == ["called with headers"]
            assert answers[1].json() == answers[2].json(), "the process that was initialised"
            assert [message["request_id"] for message in it.emulator.heard("done")] == ["r-1", "r-2", "r-3"]
            assert inits(it) == []

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("init error", {"errorType": "Init", "errorMessage": "no luck"}),
        (
            "init exit",
            {"errorType": "Runtime.ExitError", "errorMessage": "Error: Runtime exited with error: exit status 4"},
        ),
    ],
)
def test_rt05_an_init_phase_that_fails_is_reported_and_run_again_in_each_call(rie: Path, how: str, error: dict) -> None:
    async def scenario() -> None:
        async with running(rie, how) as it:
            ready = await it.emulator.hears("ready")
            assert ready["init_status"] == "error"
            assert json.loads(ready["init_error"]) == error
            assert inits(it) == []
            for number in (1, 2):
                assert (await it.call("", f"r-{number}")).status_code == 502
                assert inits(it) == ["INIT RTDONE(status: error)"] * number

    asyncio.run(scenario())


@pytest.mark.parametrize(("timeout_s", "init_s"), [(10, 0.2), (1, 10)], ids=["init limit", "the function's timeout"])
def test_rt18_an_init_phase_that_takes_too_long_is_ended_and_run_again_in_the_first_call(
    rie: Path, timeout_s: int, init_s: float
) -> None:
    """Behind RIE it may take no longer than the function's timeout either."""

    async def scenario() -> None:
        seconds = str(min(timeout_s, init_s) + 0.4)
        async with running(rie, "slow init", timeout_s=timeout_s, init_s=init_s, INIT_S=seconds) as it:
            ready = await it.emulator.hears("ready")
            assert (ready["init_status"], ready["init_ms"]) == ("timeout", min(timeout_s, init_s) * 1000)
            assert json.loads(ready["init_error"])["errorType"] == "Sandbox.Timedout"
            answer = await it.call("")
            if timeout_s < init_s:
                assert answer.text == "Task timed out after 1.00 seconds"
            else:
                assert answer.json() > 0
                assert inits(it) == ["INIT RTDONE(status: success)"]

    asyncio.run(scenario())


def test_rt20_a_function_with_an_internal_extension_is_initialised_in_its_first_call(rie: Path) -> None:
    """The extension would get the supervisor's own invocation as an event."""

    async def scenario() -> None:
        async with running(rie, "internal") as it:
            ready = await it.emulator.hears("ready")
            assert "init_ms" not in ready
            assert (await it.call("", "r-1")).json() > 0
            assert inits(it) == ["INIT RTDONE(status: success)"]
            assert [line for line in it.logged("stdout") if "INVOKE" in line] == ["library INVOKE r-1"]
            await it.engine.restart(ready["start"])
            again = await it.emulator.hears("ready", 2)
            assert again["start"] == ready["start"] + 1, "RIE is started once, not to find the extension out again"

    asyncio.run(scenario())


def test_a_call_reaches_a_runtime_that_asks_for_it_on_a_second_connection_of_its_init_phase() -> None:
    """The relay takes one invocation, whichever connection asks first; RIE is played by a server of a few lines."""
    handed, answered, connected = ["own", "call"], list[bytes](), list[asyncio.StreamWriter]()

    async def rie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError), contextlib.closing(writer):
            while head := await reader.readuntil(b"\r\n\r\n"):
                if head.startswith(b"GET "):
                    if not handed:
                        return
                    name = handed.pop(0).encode()
                    answer = b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: %s\r\nContent-Length: 0\r\n\r\n" % name
                else:
                    await reader.readexactly(4)
                    answered.append(head.split(b"/")[4])
                    answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
                writer.write(answer)

    async def scenario() -> None:
        async with await asyncio.start_server(rie, "127.0.0.1", 0) as server, asyncio.timeout(240):
            relay = RuntimeRelay(server.sockets[0].getsockname()[1])
            port = await relay.streams.start("127.0.0.1", 0)
            relay.holds = True
            (early, early_out), (first, first_out) = [
                await asyncio.open_connection("127.0.0.1", port) for _ in range(2)
            ]
            ask = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n"
            while len(connected) < 2:
                await asyncio.sleep(0.01)
            first_out.write(ask)
            assert b"Request-Id: call\r\n" in await first.readuntil(b"\r\n\r\n")
            handed.append("next call")
            early_out.write(ask)
            assert b"Request-Id: next call\r\n" in await early.readuntil(b"\r\n\r\n")
            assert answered == [b"own"]
            await relay.streams.close()
            early_out.close()
            first_out.close()

    asyncio.run(scenario())


def test_rt07_after_a_crash_rie_runs_the_init_phase_in_the_next_call(rie: Path) -> None:
    async def scenario() -> None:
        async with running(rie) as it:
            first = (await it.call("")).json()
            assert (await it.call("exit 1")).status_code == 502
            assert (await it.call("")).json() != first
            assert inits(it) == ["INIT RTDONE(status: success)"]
            assert len(it.emulator.heard("ready")) == 1

    asyncio.run(scenario())


def test_rt05_after_a_new_start_the_init_phase_is_over_before_the_next_call(rie: Path) -> None:
    async def scenario() -> None:
        async with running(rie) as it:
            await it.engine.restart((await it.emulator.hears("ready"))["start"])
            assert (await it.emulator.hears("ready", 2))["init_status"] == "success"
            assert inits(it) == []

    asyncio.run(scenario())
