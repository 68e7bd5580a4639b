"""The port on which debuggers attach: whom it lets in, and that it stays while environments come and go."""

import asyncio
import os
import pwd
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from emulator.debugging.debug_port import DebugPort
from emulator.debugging.debuggers import Debugger
from emulator.environments.environment import Environment
from emulator.events import DebuggerHolds, DebuggerReleases, Event
from emulator.free_ports import free_ports
from emulator.invocation import Invocation
from emulator.listening import Port, PortError
from tests.unit.emulator.debugging.test_dap import ATTACHED, GOES_ON, STOPPED, stream_of

PYTHON = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable  # another user may run it
HELLO = stream_of({"seq": 1, "type": "request", "command": "initialize"})
READ = "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); print(s.recv(100))"


class Debugpy:
    """Something that listens as debugpy does: it sends what a test says, and keeps what it receives."""

    def __init__(self) -> None:
        self.received = b""
        self.connected: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = int(self.server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected.put_nowait(writer)
        while chunk := await reader.read(100):
            self.received += chunk
        writer.close()


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 240))


@asynccontextmanager
async def served(debugger: Debugger) -> AsyncIterator[None]:
    async with DebugPort(debugger, Port("127.0.0.1", debugger.port, "--debug f=PORT")).serve():
        yield


def test_what_passes_shows_whether_a_debugger_is_attached_and_holds_the_function() -> None:
    async def scenario() -> None:
        events: list[Event] = []
        stopped: list[bool] = []
        debugger = Debugger("f", free_ports().url, events.append)
        debugger.environment = Environment("e", "f", lambda: None, debugger=debugger.state)
        debugger.environment.stop_timeouts = stopped.append
        debugger.environment.serving = Invocation("f", "r-1", b"", "Root=1-a")
        async with served(debugger), Debugpy() as debugpy:
            reader, writer = await asyncio.open_connection("127.0.0.1", debugger.port)
            writer.write(HELLO)
            debugger.offered("127.0.0.1", debugpy.port, wait=False)
            adapter = await debugpy.connected.get()
            for messages in ((ATTACHED,), (STOPPED,), (GOES_ON,)):
                adapter.write(stream_of(*messages))
                assert await reader.readexactly(len(stream_of(*messages))) == stream_of(*messages)
                assert debugger.state.attached
                assert debugger.environment.held is (messages == (STOPPED,))
            assert debugpy.received == HELLO
            writer.close()
            while b'"disconnect"' not in debugpy.received:  # for the debugger, which has not detached
                await asyncio.sleep(0)
            adapter.close()
            await debugger.state.wait_for(attached=False)
        assert stopped == [True, False]
        hold, release = events
        assert hold == DebuggerHolds("f", "e", "r-1", "Root=1-a")
        assert isinstance(release, DebuggerReleases)
        assert release.request_id == "r-1"

    run(scenario)


def test_a_debugger_waits_for_the_next_start_of_the_environment() -> None:
    async def scenario() -> None:
        debugger = Debugger("f", free_ports().url)
        async with served(debugger), Debugpy() as first, Debugpy() as second:
            debugger.offered("127.0.0.1", first.port, wait=False)
            reader, writer = await asyncio.open_connection("127.0.0.1", debugger.port)
            writer.write(HELLO)
            (await first.connected.get()).close()
            assert await reader.read() == b"", "its debugpy has ended"
            writer.close()
            first.server.close()
            debugger.gone()
            _, writer = await asyncio.open_connection("127.0.0.1", debugger.port)
            writer.write(HELLO)
            debugger.offered("127.0.0.1", second.port, wait=False)
            (await second.connected.get()).close()
            writer.close()

    run(scenario)


def test_a_port_that_is_taken_is_named_with_its_cure() -> None:
    async def scenario() -> None:
        debugger = Debugger("f", free_ports().url)
        async with served(debugger):
            with pytest.raises(PortError, match="choose another with --debug f=PORT"):
                async with served(debugger):
                    pass

    run(scenario)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another user")
def test_another_user_cannot_debug_and_so_run_code_as_this_user() -> None:
    async def scenario() -> None:
        debugger = Debugger("f", free_ports().url)
        async with served(debugger), Debugpy() as debugpy:
            debugger.offered("127.0.0.1", debugpy.port, wait=False)
            process = await asyncio.create_subprocess_exec(
                PYTHON,
                "-c",
                READ,
                str(debugger.port),
                user=pwd.getpwnam("nobody").pw_uid,
                cwd="/",
                stdout=subprocess.PIPE,
            )
            assert (await process.communicate())[0] == b"b''\n"
            assert debugpy.connected.empty()

    run(scenario)


@pytest.mark.parametrize(
    "sent",
    [
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}",
        b"OPTIONS / HTTP/1.1\r\nContent-Length: 2\r\n\r\n",
        b"GET",
        b"",
    ],
)
def test_a_page_in_a_browser_cannot_speak_to_debugpy(sent: bytes) -> None:
    """It can post any text to any port of this machine, and debugpy would read a message in it."""

    async def scenario() -> None:
        debugger = Debugger("f", free_ports().url)
        async with served(debugger), Debugpy() as debugpy:
            debugger.offered("127.0.0.1", debugpy.port, wait=False)
            reader, writer = await asyncio.open_connection("127.0.0.1", debugger.port)
            writer.write(sent)
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
            assert debugpy.connected.empty()

    run(scenario)
