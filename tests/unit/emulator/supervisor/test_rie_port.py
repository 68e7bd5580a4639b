"""The supervisor's port in front of RIE: who may call, and what a caller learns of how RIE ended."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from emulator.failures import EngineGoneError
from emulator.invocation import Invocation, OutcomeKind
from emulator.link.rie import RieClient, connection
from emulator.supervisor.rie_port import RiePort, split_token
from emulator.supervisor.stream_server import MOST_UNADMITTED

TOKEN = "this-start"
BODY = b"x" * 900_000  #: more than the sockets' buffers hold


class Listener:
    """RIE's port, with what a test has RIE do."""

    def __init__(self, act: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> None:
        self.requests: list[bytes] = []
        self._act = act

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._act(reader, writer)
        finally:
            writer.close()

    async def read_whole(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        self.requests.append(head + await reader.readexactly(int(length.split(b":")[1])))

    async def close(self) -> None:
        self._server.close()
        await self._server.wait_closed()


async def calling(
    listener: Listener | None, *, token: str = TOKEN, payload: bytes = b"{}", told: list[str] | None = None
) -> Any:
    """Make one call through the port; return its outcome, or the error that says that RIE is gone."""
    notes = told if told is not None else []
    port = RiePort(TOKEN, before_request=lambda: None, before_answer=lambda: notes.append("before the answer"))
    number = await port.streams.start("127.0.0.1", 0)
    if listener:
        port.target = await listener.start()
    try:
        async with asyncio.timeout(240), connection() as http:
            return await RieClient(http, f"127.0.0.1:{number}", token, 3).call(Invocation("f", "r-1", payload))
    except EngineGoneError as gone:
        return gone
    finally:
        if listener:
            await listener.close()
        await port.streams.close()


def answering() -> Listener:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await listener.read_whole(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\nConnection: close\r\n\r\n" + BODY)
        await writer.drain()

    listener = Listener(act)
    return listener


def test_a_call_and_its_answer_pass_unchanged_but_for_the_token() -> None:
    async def scenario() -> None:
        listener, told = answering(), list[str]()
        outcome = await calling(listener, payload=BODY, told=told)
        assert (outcome.kind, outcome.payload) == (OutcomeKind.SUCCESS, BODY)
        (request,) = listener.requests
        assert request.endswith(b"\r\n\r\n" + BODY)
        assert b"X-Amzn-RequestId: r-1\r\n" in request
        assert TOKEN.encode() not in request, "nothing behind the port needs it"
        assert told == ["before the answer"]

    asyncio.run(scenario())


@pytest.mark.parametrize("token", ["", "another", TOKEN + " x", TOKEN[:-1]])
def test_a_caller_without_the_token_reaches_nothing(token: str) -> None:
    async def scenario() -> None:
        listener = answering()
        outcome = await calling(listener, token=token)
        assert outcome.kind is OutcomeKind.CRASH
        assert "only the emulator may invoke" in outcome.reason
        assert listener.requests == []

    asyncio.run(scenario())


def test_it_says_why_to_a_person_who_tries() -> None:
    async def scenario() -> None:
        port = RiePort(TOKEN, before_request=lambda: None, before_answer=lambda: None)
        number = await port.streams.start("127.0.0.1", 0)
        async with aiohttp.ClientSession() as http, http.post(f"http://127.0.0.1:{number}/") as answer:
            assert answer.status == 403
            assert "only the emulator may invoke this environment" in await answer.text()
        await port.streams.close()

    asyncio.run(scenario())


def test_a_call_that_finds_no_rie_has_not_arrived() -> None:
    gone = asyncio.run(calling(None))
    assert isinstance(gone, EngineGoneError)
    assert not gone.taken


def test_a_call_that_rie_dies_without_reading_has_not_arrived() -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    gone = asyncio.run(calling(Listener(act), payload=BODY))
    assert isinstance(gone, EngineGoneError)
    assert not gone.taken


def test_a_call_that_rie_dies_over_has_arrived() -> None:
    async def act(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await listener.read_whole(reader)

    listener = Listener(act)
    gone = asyncio.run(calling(listener))
    assert isinstance(gone, EngineGoneError)
    assert gone.taken


def test_an_answer_that_breaks_off_is_no_reason_to_call_again() -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await listener.read_whole(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        await writer.drain()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        await asyncio.sleep(0)

    listener = Listener(act)
    result = asyncio.run(calling(listener))
    assert result.taken if isinstance(result, EngineGoneError) else result.kind is OutcomeKind.CRASH


def test_the_token_is_found_however_its_header_is_spelled() -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nfacepipe-TOKEN:  t \r\nB: c\r\n\r\n"
    assert split_token(head) == ("t", b"POST / HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n")
    assert split_token(b"POST / HTTP/1.1\r\n\r\n") == ("", b"POST / HTTP/1.1\r\n\r\n")


def test_connections_that_say_nothing_are_bounded_and_keep_the_emulator_from_nothing() -> None:
    async def scenario() -> None:
        listener = answering()
        port = RiePort(TOKEN, before_request=lambda: None, before_answer=lambda: None)
        number = await port.streams.start("127.0.0.1", 0)
        port.target = await listener.start()
        idle = [await asyncio.open_connection("127.0.0.1", number) for _ in range(2 * MOST_UNADMITTED)]
        async with asyncio.timeout(240), connection() as http:
            outcome = await RieClient(http, f"127.0.0.1:{number}", TOKEN, 3).call(Invocation("f", "r-1", b"{}"))
            assert outcome.kind is OutcomeKind.SUCCESS
            assert [await reader.read() for reader, _ in idle[:MOST_UNADMITTED]] == [b""] * MOST_UNADMITTED, (
                "the oldest are cut"
            )
        for _, writer in idle:
            writer.close()
            await writer.wait_closed()
        await listener.close()
        await port.streams.close()

    asyncio.run(scenario())
