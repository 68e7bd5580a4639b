"""Connections to supervisors: they stay open, and one that has ended is replaced before a call goes over it."""

import asyncio
import errno
from collections.abc import Awaitable, Callable

import pytest

from emulator.link.supervisor_connections import (
    BrokenConnectionError,
    NotConnectedError,
    SupervisorAnswer,
    SupervisorConnections,
)

LARGE = b"x" * 3_000_000


class Supervisor:
    """A server on a port of its own, which answers as a test says."""

    def __init__(self) -> None:
        self.peers: list[asyncio.StreamWriter] = []
        self.requests: list[bytes] = []
        self.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nName: value\r\n\r\nok"]  #: the last one repeats
        self.answering = asyncio.Event()
        self.answering.set()

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 23)
        self.address = f"127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def post(self, connections: SupervisorConnections, body: bytes = b"{}", **headers: str) -> SupervisorAnswer:
        return await connections.post(self.address, "/invocation", headers, body)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.peers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(size))
                await self.answering.wait()
                writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def run(scenario: Callable[[Supervisor, SupervisorConnections], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(240), SupervisorConnections() as connections:
            supervisor = Supervisor()
            await supervisor.start()
            await scenario(supervisor, connections)
            for peer in supervisor.peers:
                peer.close()
            supervisor.server.close()

    asyncio.run(main())


def test_calls_one_after_the_other_use_one_connection() -> None:
    async def scenario(supervisor: Supervisor, connections: SupervisorConnections) -> None:
        for number in range(3):
            answer = await supervisor.post(connections, b"%d" % number, Key="k")
            assert answer == SupervisorAnswer(200, {"content-length": "2", "name": "value"}, b"ok")
        assert [request.rpartition(b"\r\n\r\n")[2] for request in supervisor.requests] == [b"0", b"1", b"2"]
        assert all(b"\r\nKey: k\r\n" in request for request in supervisor.requests)
        assert len(supervisor.peers) == 1

    run(scenario)


def test_large_bodies_arrive_whole_in_both_directions() -> None:
    async def scenario(supervisor: Supervisor, connections: SupervisorConnections) -> None:
        supervisor.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(LARGE), LARGE)]
        assert (await supervisor.post(connections, LARGE)).body == LARGE
        assert supervisor.requests[0].endswith(b"\r\n\r\n" + LARGE)

    run(scenario)


@pytest.mark.parametrize("length", [b"1", b"-2", b""])
def test_an_answer_longer_than_it_says_is_no_answer(length: bytes) -> None:
    async def scenario(supervisor: Supervisor, connections: SupervisorConnections) -> None:
        supervisor.answers.insert(0, b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\nok" % length)
        with pytest.raises(BrokenConnectionError, match="Content-Length"):
            await supervisor.post(connections)
        assert (await supervisor.post(connections)).body == b"ok"
        assert len(supervisor.peers) == 2

    run(scenario)


def test_of_the_connections_of_two_calls_at_once_one_stays_open() -> None:
    async def scenario(supervisor: Supervisor, connections: SupervisorConnections) -> None:
        supervisor.answering.clear()
        calls = [asyncio.ensure_future(supervisor.post(connections)) for _ in range(2)]
        while len(supervisor.requests) < 2:
            await asyncio.sleep(0.01)
        supervisor.answering.set()
        await asyncio.gather(*calls)
        while not any(peer.is_closing() for peer in supervisor.peers):
            await asyncio.sleep(0.01)
        await supervisor.post(connections)
        assert len(supervisor.peers) == 2

    run(scenario)


def test_a_connection_that_the_supervisor_has_closed_is_not_used_again() -> None:
    """The event loop need not have seen the end: here it has had no turn since."""

    async def scenario(supervisor: Supervisor, connections: SupervisorConnections) -> None:
        await supervisor.post(connections)
        supervisor.peers[0].transport.get_extra_info("socket").shutdown(2)
        assert (await supervisor.post(connections)).status == 200
        assert len(supervisor.peers) == 2

    run(scenario)


def test_a_call_that_was_cancelled_gives_its_answer_to_no_other_call() -> None:
    async def scenario(supervisor: Supervisor, connections: SupervisorConnections) -> None:
        supervisor.answers.insert(0, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")
        supervisor.answering.clear()
        call = asyncio.ensure_future(supervisor.post(connections))
        while not supervisor.requests:
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        supervisor.answering.set()
        assert (await supervisor.post(connections)).body == b"ok"

    run(scenario)


def test_a_supervisor_that_ends_after_it_has_read_a_call_may_have_passed_it_on() -> None:
    async def scenario(supervisor: Supervisor, connections: SupervisorConnections) -> None:
        await supervisor.post(connections)
        supervisor.answering.clear()
        call = asyncio.ensure_future(supervisor.post(connections))
        while len(supervisor.requests) < 2:
            await asyncio.sleep(0)
        supervisor.peers[0].close()
        with pytest.raises(BrokenConnectionError) as broken:
            await call
        assert broken.value.arrived

    run(scenario)


def test_a_call_to_a_supervisor_that_ends_without_reading_it_has_not_arrived() -> None:
    async def scenario(supervisor: Supervisor, connections: SupervisorConnections) -> None:
        await supervisor.post(connections)
        transport = supervisor.peers[0].transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        call = asyncio.ensure_future(supervisor.post(connections))
        await asyncio.sleep(0)
        supervisor.peers[0].close()  # with a call that it has not read: the kernel resets the connection
        with pytest.raises(BrokenConnectionError) as broken:
            await call
        assert not broken.value.arrived

    run(scenario)


@pytest.mark.parametrize("answer", [b"220 smtp\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1\r\n\r\n"])
def test_what_is_no_answer_is_quoted(answer: bytes) -> None:
    async def scenario(supervisor: Supervisor, connections: SupervisorConnections) -> None:
        supervisor.answers = [answer]
        with pytest.raises(BrokenConnectionError, match="it answered") as broken:
            await supervisor.post(connections)
        assert broken.value.arrived

    run(scenario)


def test_nobody_listens() -> None:
    async def scenario(supervisor: Supervisor, connections: SupervisorConnections) -> None:
        supervisor.server.close()
        with pytest.raises(NotConnectedError) as refused:
            await supervisor.post(connections)
        assert refused.value.number == errno.ECONNREFUSED

    run(scenario)


def test_a_header_with_a_line_break_is_not_sent() -> None:
    async def scenario(supervisor: Supervisor, connections: SupervisorConnections) -> None:
        with pytest.raises(ValueError, match="line break"):
            await supervisor.post(connections, Key="a\r\nOther: b")
        assert not supervisor.requests

    run(scenario)
