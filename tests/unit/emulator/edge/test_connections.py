"""Connections of one port over real sockets: who is ended for whom, and after how long, by a clock of the test's."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from emulator.edge import bodies, connections
from emulator.edge.admission import AdmissionRules
from emulator.edge.bodies import FREE_BYTES
from emulator.edge.connections import BODY_S, FRESH_S, HEAD_S, IDLE_S, STALLED_S, WHOLE_BODY_S, WRITE_S, Connections
from emulator.edge.gate import Gate, read
from emulator.listening import Port, serve_app
from emulator.supervisor.processes import reserved_port


class Clock:
    """Stands for the module `time`."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(connections, "time", clock)
    monkeypatch.setattr(bodies, "time", clock)
    return clock


class Server:
    """An application behind a gate; `release` lets its requests for /slow be answered."""

    def __init__(self, most: int, clock: Clock) -> None:
        self.gate = Gate(AdmissionRules(), Connections(most), 1_000_000)
        self.clock = clock
        self.release = asyncio.Event()
        self.port = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/slow":
            await self.release.wait()
        body = await read(request)
        return web.Response(text="x" * 20_000_000 if request.path == "/large" else f"{len(body)} bytes")

    async def connect(self, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        known = len(self.gate.connections)
        reader, writer = await self.open()
        await self.eventually(lambda: len(self.gate.connections) > known)
        writer.write(sent)
        return reader, writer

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writers.append(writer)
        return reader, writer

    async def close(self) -> None:
        self.release.set()
        for writer in self.writers:
            writer.close()
        endings = [writer.wait_closed() for writer in self.writers]
        await asyncio.gather(*endings, return_exceptions=True)

    async def eventually(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(240):
            while not condition():
                await asyncio.sleep(0.005)

    async def phase(self, name: str, count: int = 1) -> None:
        def phases() -> list[str]:
            all_of_them = self.gate.connections._all.values()
            return [one.phase.value for one in all_of_them if one.head_bytes or one.phase.value != "waiting"]

        await self.eventually(lambda: phases().count(name) >= count)

    def pass_s(self, seconds: float) -> None:
        self.clock.now += seconds
        for connection in list(self.gate.connections._all.values()):
            connection.end_if_late(self.clock.now)


def run(clock: Clock, scenario: Callable[[Server], Awaitable[None]], *, most: int = 100) -> None:
    async def main() -> None:
        server, app = Server(most, clock), web.Application()
        app.router.add_route("*", "/{path:.*}", server.answer)
        with reserved_port() as server.port:
            async with serve_app(app, Port("127.0.0.1", server.port, "--x"), server.gate):
                await scenario(server)
                await server.close()

    asyncio.run(main())


HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "phase", "seconds", "answer"),
    [
        (b"POST / HTTP/1.1\r\nHost: a\r\n", "waiting", HEAD_S, b"HTTP/1.1 408 "),
        (HEAD + b"half", "sending", BODY_S, b"HTTP/1.1 408 "),
    ],
)
def test_a_slow_client_is_answered_408_and_not_before_its_time(
    clock: Clock, sent: bytes, phase: str, seconds: float, answer: bytes
) -> None:
    async def scenario(server: Server) -> None:
        reader, _ = await server.connect(sent)
        await server.phase(phase)
        server.pass_s(seconds - 0.1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.05)
        server.pass_s(0.2)
        assert (await reader.read()).startswith(answer)

    run(clock, scenario)


def test_a_slow_connection_without_a_request_ends_without_an_answer(clock: Clock) -> None:
    async def scenario(server: Server) -> None:
        reader, writer = await server.connect()
        writer.write(GET)
        assert (await reader.readuntil(b"0 bytes")).startswith(b"HTTP/1.1 200 ")
        server.pass_s(IDLE_S - 0.1)
        writer.write(GET)
        assert (await reader.readuntil(b"0 bytes")).startswith(b"HTTP/1.1 200 ")
        server.pass_s(IDLE_S + 0.1)
        assert await reader.read() == b""

    run(clock, scenario)


def test_a_slow_body_that_comes_byte_by_byte_ends_as_well(clock: Clock) -> None:
    async def scenario(server: Server) -> None:
        reader, writer = await server.connect(HEAD)
        await server.phase("sending")
        (connection,) = server.gate.connections._all.values()

        async def a_byte_more(received: int) -> None:
            writer.write(b"x")
            await server.eventually(lambda: connection.received_bytes > received)

        passed = 0.0
        while passed <= WHOLE_BODY_S:
            await a_byte_more(connection.received_bytes)
            server.pass_s(BODY_S - 1)
            passed += BODY_S - 1
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")

    run(clock, scenario)


def test_a_slow_reader_of_its_answer_is_cut_off(clock: Clock) -> None:
    async def scenario(server: Server) -> None:
        reader, _ = await server.connect(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        await server.eventually(lambda: any(one.unsent_bytes for one in server.gate.connections._all.values()))
        server.pass_s(1)
        server.pass_s(WRITE_S + 1)
        await server.eventually(lambda: len(server.gate.connections) == 0)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(20_000_000)

    run(clock, scenario)


def test_a_slow_function_is_no_slow_client(clock: Clock) -> None:
    async def scenario(server: Server) -> None:
        reader, _ = await server.connect(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        await server.eventually(
            lambda: any(one.phase.value == "answering" for one in server.gate.connections._all.values())
        )
        server.pass_s(900)
        server.release.set()
        assert (await reader.readuntil(b"0 bytes")).startswith(b"HTTP/1.1 200 ")

    run(clock, scenario)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[31m\x00\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_a_broken_request_is_one_line_of_the_log(clock: Clock, sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(server: Server) -> None:
        reader, _ = await server.connect(sent)
        assert b" 400 Bad Request\r\n" in await reader.read()

    run(clock, scenario)
    assert len(caplog.text.splitlines()) <= 1
    assert caplog.text.isascii()
    assert "\x1b" not in caplog.text


def test_a_head_without_an_end_is_refused(clock: Clock) -> None:
    async def scenario(server: Server) -> None:
        reader, _ = await server.connect(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 20_000)
        answer = await reader.read()
        assert answer.startswith((b"HTTP/1.1 431 ", b"HTTP/1.0 400 "))

    run(clock, scenario)


@pytest.mark.parametrize(
    ("sent", "after"), [(b"", FRESH_S), (b"GET / HTTP/1.1\r\nHo", FRESH_S), (HEAD + b"half", STALLED_S)]
)
def test_connections_that_idle_or_are_half_sent_make_room_the_oldest_first(
    clock: Clock, sent: bytes, after: float
) -> None:
    async def scenario(server: Server) -> None:
        held = []
        for _ in range(4):
            held.append(await server.connect(sent))
            if sent:
                await server.phase("sending" if sent.startswith(HEAD) else "waiting", len(held))
            clock.now += 0.01
        clock.now += after
        reader, writer = await server.open()
        writer.write(GET)
        assert (await reader.readuntil(b"0 bytes")).startswith(b"HTTP/1.1 200 ")
        assert await held[0][0].read() in (
            b"",
            b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        )
        assert len(server.gate.connections) == 4

    run(clock, scenario, most=4)


def test_connections_that_are_all_busy_are_left_alone_and_the_next_one_waits(clock: Clock) -> None:
    async def scenario(server: Server) -> None:
        slow = [await server.connect(b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") for _ in range(4)]
        await server.eventually(
            lambda: [one.phase.value for one in server.gate.connections._all.values()] == ["answering"] * 4
        )
        clock.now += 60
        reader, writer = await server.open()
        writer.write(GET)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.2)
        server.release.set()
        assert (await reader.readuntil(b"0 bytes")).startswith(b"HTTP/1.1 200 ")
        for one, _ in slow:
            assert (await one.read()).startswith(b"HTTP/1.1 200 ")

    run(clock, scenario, most=4)


def test_connections_are_left_for_everything_else() -> None:
    from emulator.edge.descriptors import connections_per_port

    assert connections_per_port(1_024, 4, 2) == 128
    assert connections_per_port(256, 4, 2) == 8, "the least that is of any use"
    assert connections_per_port(65_536, 4, 2) == 4_096
    for descriptors in (512, 1_024, 4_096, 65_536):
        assert connections_per_port(descriptors, 4, 2) * 6 <= descriptors * 3 / 4


def test_connections_that_wait_for_our_memory_are_not_taken_for_slow_ones(clock: Clock) -> None:
    """Their senders would send, were they read: neither time nor others end them, nor the moment when they may go on."""

    async def scenario(server: Server) -> None:
        memory = server.gate.memory
        with memory.share() as all_of_it, memory.share() as ahead:
            await all_of_it.grow(memory.most_bytes + FREE_BYTES)
            await ahead.grow(2 * FREE_BYTES)
            body = b"x" * 3 * FREE_BYTES
            head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body)
            reader, writer = await server.connect(head + body[:-1])
            (connection,) = server.gate.connections._all.values()
            await server.eventually(lambda: connection.share is not None and connection.share.is_held)
            server.pass_s(BODY_S + WHOLE_BODY_S)
            assert not connection.may_make_room
            all_of_it.resize(0)
            ahead.resize(0)
        await server.eventually(lambda: connection.share is not None and not connection.share.is_held)
        assert not connection.may_make_room, "it has just been let go on"
        writer.write(body[-1:])
        assert f"{len(body)} bytes".encode() in await reader.readuntil(b"bytes")

    run(clock, scenario)
