"""What happens when this process has no descriptor left: nothing ends, and it is tried again."""

import asyncio
import errno
import os
import resource
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from emulator import native
from emulator.edge.descriptors import raised_limit
from emulator.edge.edge import Edge
from emulator.environments import environment
from emulator.environments.environment_limits import Limits
from emulator.environments.kept_environments import KeptEnvironments
from emulator.environments.processors import Processors, Times
from emulator.invocation import Invocation, OutcomeKind
from emulator.link import rie
from emulator.link.rie import RieClient
from emulator.link.tokens import Tokens
from emulator.listening import Port, serve_app
from emulator.resources import Function
from emulator.settings import Native
from emulator.supervisor.processes import reserved_port

CALL = Invocation("f", "id", b"{}")


@pytest.fixture
def exhausted() -> Iterator[list[socket.socket]]:
    """All descriptors of this process, taken; whoever empties the list and closes them has some again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(file.name) for file in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 20, hard))
    taken: list[socket.socket] = []
    try:
        yield taken
    finally:
        release(taken)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def take_all(taken: list[socket.socket]) -> None:
    try:
        while True:
            taken.append(socket.socket())
    except OSError as error:
        assert error.errno == errno.EMFILE


def children() -> list[str]:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def release(taken: list[socket.socket]) -> None:
    while taken:
        taken.pop().close()


def test_exhausted_descriptors_do_not_make_a_healthy_engine_start_anew(
    exhausted: list[socket.socket], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The call is made when there is a descriptor again, in the same environment."""
    monkeypatch.setattr(environment, "EXHAUSTED_PAUSE_S", 0.01)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        writer.close()

    async def scenario() -> None:
        restarts: list[str] = []
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, rie.connection() as http:
            one = environment.Environment("e", "f", lambda: restarts.append("restart"))
            one.engine = RieClient(http, f"127.0.0.1:{port}", "token", 3)
            take_all(exhausted)
            call = asyncio.ensure_future(one.call(CALL))
            while "it is tried again" not in caplog.text:
                assert not call.done()
                await asyncio.sleep(0.005)
            release(exhausted)
            assert (await call).kind is OutcomeKind.SUCCESS
            assert not restarts

    asyncio.run(scenario())


def test_exhausted_descriptors_delay_the_start_of_an_environment_and_end_nothing(
    exhausted: list[socket.socket], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        native, "SUPERVISOR", (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)")
    )

    async def scenario() -> None:
        function = Function("F", "f", "image", (), 3, 256, 512)
        settings = Native(tmp_path / "rie", tmp_path)
        runner = native.Processes(settings, "127.0.0.1:1", Tokens())
        starter = KeptEnvironments({"f": function}, runner, Limits(1))
        take_all(exhausted)
        assert starter.start("f")
        while "a supervisor could not be started ([Errno 24]" not in caplog.text:
            await asyncio.sleep(0.01)
        release(exhausted)
        while not children():
            await asyncio.sleep(0.01)
        assert starter.running("f") == 1
        await starter.close()

    asyncio.run(scenario())


def test_exhausted_descriptors_hide_the_processors_load_and_no_more_are_started_until_it_is_seen(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now, fails = [0.0], [False]

    def read() -> Times:
        if fails[0]:
            raise OSError(errno.EMFILE, "Too many open files")
        return now[0], now[0]

    processors = Processors(read, lambda: now[0])
    for seconds in (1.0, 2.0):
        now[0] = seconds
        before = processors.have_time()
    assert before
    now[0], fails[0] = 3.0, True
    assert not processors.have_time()
    assert "Too many open files" in caplog.text
    fails[0] = False
    for seconds in (4.0, 5.0):
        now[0] = seconds
        after = processors.have_time()
    assert after


def test_the_limit_of_descriptors_is_raised_for_the_emulator_and_is_lambdas_for_environments() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with raised_limit():
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(hard, 65_536)

        async def told() -> str:
            show = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", show, stdout=asyncio.subprocess.PIPE, preexec_fn=native._begin
            )
            return (await process.communicate())[0].decode().strip()

        assert int(asyncio.run(told())) <= 1_024
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft, hard)


def test_exhausted_descriptors_delay_the_acceptance_of_a_connection(
    exhausted: list[socket.socket], caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="here")

    async def scenario() -> None:
        app = web.Application()
        app.router.add_get("/", answer)
        with reserved_port() as port, socket.socket() as client:
            client.setblocking(False)
            async with serve_app(app, Port("127.0.0.1", port, "--x"), Edge.of().gate(1_000)):
                loop = asyncio.get_running_loop()
                take_all(exhausted)
                await loop.sock_connect(client, ("127.0.0.1", port))
                await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                while "a connection cannot be accepted" not in caplog.text:
                    await asyncio.sleep(0.005)
                release(exhausted)
                assert (await loop.sock_recv(client, 4_096)).startswith(b"HTTP/1.1 200 ")

    asyncio.run(scenario())
