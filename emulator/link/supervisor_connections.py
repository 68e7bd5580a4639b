"""Posts calls to supervisors over HTTP/1.1. A connection stays open for the next call to the same supervisor."""

import asyncio
import errno
import os
import select
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

CONNECT_S = 3.0
_HEAD_END = b"\r\n\r\n"
#: error numbers of requests that were not received: an ending process resets connections with unread data
_NOT_ARRIVED = (errno.ECONNRESET, errno.EPIPE)


class NotConnectedError(Exception):
    """There is no connection to the supervisor. `number` is the error's; 0 if there was no answer in time."""

    def __init__(self, reason: str, number: int) -> None:
        super().__init__(reason)
        self.number = number


class BrokenConnectionError(Exception):
    """A connection ended before the answer was complete. `arrived`: the supervisor may have received the call."""

    def __init__(self, reason: str, *, arrived: bool) -> None:
        super().__init__(reason)
        self.arrived = arrived


@dataclass(frozen=True, slots=True)
class SupervisorAnswer:
    """The answer to a call; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class SupervisorConnections:
    """At most one idle connection to each supervisor, which gets one call at a time. All are closed with the block."""

    def __init__(self) -> None:
        self._idle: dict[str, _Connection] = {}  #: by address

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the idle connections."""
        for connection in list(self._idle.values()):
            connection.close()

    async def post(self, address: str, path: str, headers: Mapping[str, str], body: bytes) -> SupervisorAnswer:
        """Return the answer to a call; `address` is host:port.

        Raises `NotConnectedError`, or `BrokenConnectionError` if the connection ended before the answer.
        """
        request = _request(address, path, headers, body)
        connection = self._idle.pop(address, None)
        if connection is None or connection.has_ended():
            connection = await self._open(address)
        try:
            answer = await connection.ask(request)
        except BaseException:  # the answer to this call may still come, and is not that of the next one
            connection.close()
            raise
        if address in self._idle:  # another call was made meanwhile
            connection.close()
        elif not connection.closed:
            self._idle[address] = connection
        return answer

    async def _open(self, address: str) -> "_Connection":
        host, _, port = address.rpartition(":")

        def connection() -> _Connection:
            return _Connection(lambda lost: self._lost(address, lost))

        try:
            async with asyncio.timeout(CONNECT_S):
                opening = asyncio.get_running_loop().create_connection(connection, host.strip("[]"), int(port))
                return (await opening)[1]
        except TimeoutError as error:
            raise NotConnectedError(f"no answer within {CONNECT_S:g} s", 0) from error
        except OSError as error:
            raise NotConnectedError(str(error), error.errno or 0) from error

    def _lost(self, address: str, connection: "_Connection") -> None:
        if self._idle.get(address) is connection:
            del self._idle[address]


class _Connection(asyncio.Protocol):
    """One connection, with at most one request in flight."""

    def __init__(self, lost: Callable[["_Connection"], None]) -> None:
        self.closed = False
        self._lost = lost
        self._received = bytearray()
        self._answer: asyncio.Future[SupervisorAnswer] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # what TCP connections have
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Collect the answer, until it is complete."""
        self._received += data
        if self._answer is None or self._answer.done():
            self.close()  # nothing was asked
            return
        try:
            answer = _complete_answer(self._received)
        except ValueError as error:
            self._fail(f"it answered {bytes(self._received[:100])!r}: {error}", arrived=True)
            self.close()
            return
        if answer:
            self._received.clear()
            self._answer.set_result(answer)

    def eof_received(self) -> None:
        """Note that the supervisor has ended; the connection is closed then."""
        self._end(self._pending_error())

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection has ended."""
        self._end(getattr(exc, "errno", None) or 0)
        self._lost(self)

    def has_ended(self) -> bool:
        """Return whether the other side has closed the connection, even if the event loop has not seen it yet."""
        if self.closed or self._transport is None:
            return True
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN | select.POLLRDHUP)
        return bool(poll.poll(0))

    def close(self) -> None:
        """Close the connection at once, whatever is still to be sent."""
        self.closed = True
        if self._transport:
            self._transport.abort()

    async def ask(self, request: bytes) -> SupervisorAnswer:
        """Send a request and return its answer. Raises `BrokenConnectionError`."""
        self._answer = asyncio.get_running_loop().create_future()
        assert self._transport is not None  # noqa: S101  # connections are returned when they are made
        self._transport.write(request)
        return await self._answer

    def _pending_error(self) -> int:
        """Return the error of what was sent after the supervisor had ended; 0 if it had received everything."""
        if self._transport is None:
            return 0
        return int(self._transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def _end(self, number: int) -> None:
        self.closed = True
        reason = os.strerror(number) if number else "it was closed"
        self._fail(reason, arrived=bool(self._received) or number not in _NOT_ARRIVED)

    def _fail(self, reason: str, *, arrived: bool) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(BrokenConnectionError(reason, arrived=arrived))


def _request(address: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the bytes of a POST. Raises `ValueError` for a header that would be more than one."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header contains a line break")
    head = [f"POST {path} HTTP/1.1", f"Host: {address}", *lines, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


def _complete_answer(received: bytearray) -> SupervisorAnswer | None:
    """Return the answer if all of it was received. Raises `ValueError` if it is not HTTP as supervisors send it."""
    end = received.find(_HEAD_END)
    if end < 0:
        return None
    first, *lines = received[:end].decode("latin-1").split("\r\n")
    version, status, *_ = first.split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError("no HTTP/1.1")
    pairs = [line.partition(":") for line in lines]
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    begin, length = end + len(_HEAD_END), headers.get("content-length", "")
    if not length.isdecimal() or len(received) > begin + int(length):
        raise ValueError("the body is not as long as Content-Length says")
    if len(received) < begin + int(length):
        return None
    return SupervisorAnswer(int(status), headers, bytes(received[begin:]))
