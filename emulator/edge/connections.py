"""Limits the number of connections of one port, and ends those that are idle or incomplete for too long."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from aiohttp import StreamReader, web

from emulator.edge.bodies import Share
from emulator.edge.broken_requests import problem_of_last_message

IDLE_S = 75.0  #: the time without a request; proxies in front of the emulator keep connections for 60 s
HEAD_S = 10.0  #: the time from a request's first byte to the end of its headers
BODY_S = 20.0  #: the time without a further byte of a body
WHOLE_BODY_S = 300.0
WRITE_S = 30.0  #: the time in which a client reads no byte of its answer
HEAD_BYTES = 64 << 10
SWEEP_S = 1.0
FRESH_S = 0.25  #: a connection that has waited for less than this is not ended for another: its request is on the way
STALLED_S = 10.0  #: after this time without a byte, an incomplete body is ended for another connection
SLOW_S, SLOW_BYTES_PER_S = 5.0, 10_000  #: after this time, a body below this rate is ended for another connection
ROOM_PAUSE_S = 0.05  #: the pause between checks for room
_HEAD_END = b"\r\n\r\n"
TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Phase(Enum):
    """What a connection waits for."""

    WAITING = "waiting"  #: a request, or the rest of its headers
    SENDING = "sending"  #: the rest of a body from the client
    ANSWERING = "answering"  #: the emulator's answer


@dataclass(slots=True, eq=False)
class Connection(asyncio.Protocol):
    """One client's connection, and the HTTP protocol that serves it."""

    http: web.RequestHandler
    lost: Callable[["Connection"], None]
    phase: Phase = Phase.WAITING
    since: float = 0.0  #: when the phase began
    moved: float = 0.0  #: when bytes were last received, or read by the client
    share: Share | None = None  #: the body's share of the memory, while the client sends a body
    content: StreamReader | None = None  #: the body, while it is read
    received_bytes: int = 0  #: received in this phase
    head_bytes: int = 0  #: received of a request with incomplete headers
    _end_of_last: bytes = b""  #: the last bytes received: the end of the headers may have begun in them
    _unsent_bytes: int = 0  #: not yet read of an answer, at the last check
    _transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # what TCP connections have
        self._transport = transport
        self.enter(Phase.WAITING)
        self.http.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.lost(self)
        self.http.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass on the received bytes, unless the headers exceed their limit."""
        self.moved = time.monotonic()
        self.received_bytes += len(data)
        if self.phase is Phase.WAITING and not self._head_fits(data):
            self.end(HEAD_TOO_LARGE)
            return
        self.http.data_received(data)
        self.end_broken_body()

    def eof_received(self) -> None:
        """Note that the client has closed its side of the connection."""
        self.http.eof_received()

    def pause_writing(self) -> None:
        """Pass it on."""
        self.http.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self.http.resume_writing()

    def read(self, content: StreamReader, share: Share) -> None:
        """Note that a body is being read, within a share of the memory."""
        self.content, self.share = content, share
        self.end_broken_body()

    def end_broken_body(self) -> None:
        """Fail the body that is being read if it is not valid HTTP: aiohttp would let its reader wait for the rest."""
        if self.content is None or self.content.is_eof():
            return
        if problem := problem_of_last_message(self.http):
            self.content.set_exception(web.RequestPayloadError(problem))
            self.content.feed_eof()
            self.http.close()  # after the answer

    def enter(self, phase: Phase) -> None:
        """Begin another phase."""
        self.phase, self.since, self.moved = phase, time.monotonic(), time.monotonic()
        self.share, self.content, self.received_bytes = None, None, 0
        if phase is Phase.WAITING:
            self.head_bytes, self._end_of_last = 0, b""

    @property
    def unsent_bytes(self) -> int:
        """How many bytes of an answer the client has not read."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    @property
    def may_make_room(self) -> bool:
        """Whether it can be ended for another connection: it waits for a request, or for a body that does not come."""
        now = time.monotonic()
        in_phase_s = now - self.since
        if self.phase is Phase.SENDING:
            resumed = self.share.resumed if self.share else 0.0
            unmoved_s, sends_s = now - max(self.moved, resumed), 0.0 if resumed else in_phase_s
            is_slow = sends_s > SLOW_S and self.received_bytes < sends_s * SLOW_BYTES_PER_S
            return not self._is_held and (unmoved_s > STALLED_S or is_slow)
        return self.phase is Phase.WAITING and not self.unsent_bytes and in_phase_s > FRESH_S

    def end(self, answer: bytes = b"") -> None:
        """End it."""
        if self._transport:
            if answer and not self._unsent_bytes:
                self._transport.write(answer)
            self._transport.close()

    def end_if_late(self, now: float) -> None:
        """End it if its client is too slow."""
        in_phase_s, unmoved_s = now - self.since, now - self.moved
        match self.phase:
            case _ if self.unsent_bytes:
                self._look_at_writing(now)
            case Phase.SENDING if self._is_held:
                self.since = self.moved = now  # the client is not the slow side
            case Phase.SENDING if unmoved_s > BODY_S or in_phase_s > WHOLE_BODY_S:
                self.end(TIMED_OUT)
            case Phase.WAITING if self.head_bytes and in_phase_s > HEAD_S:
                self.end(TIMED_OUT)
            case Phase.WAITING if in_phase_s > IDLE_S:
                self.end()

    @property
    def _is_held(self) -> bool:
        return self.share is not None and self.share.is_held

    def _look_at_writing(self, now: float) -> None:
        if self.unsent_bytes != self._unsent_bytes:
            self._unsent_bytes, self.moved = self.unsent_bytes, now
        elif now - self.moved > WRITE_S and self._transport:
            self._transport.abort()  # closing would wait until all is sent

    def _head_fits(self, data: bytes) -> bool:
        """Count the bytes of a request's headers; return False if there are too many."""
        if not self.head_bytes:
            self.since = time.monotonic()
        if _HEAD_END in self._end_of_last + data:
            self.enter(Phase.SENDING)
            return True
        self.head_bytes += len(data)
        self._end_of_last = (self._end_of_last + data)[-len(_HEAD_END) + 1 :]
        return self.head_bytes <= HEAD_BYTES


@dataclass(slots=True)
class Connections:
    """All connections of one port."""

    most: int
    _all: dict[web.RequestHandler, Connection] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, http: web.RequestHandler) -> Connection:
        """Return the protocol of a new connection."""
        connection = self._all[http] = Connection(http, self._lost)
        return connection

    async def room(self) -> None:
        """Wait until there is room for another connection; the oldest idle or incomplete connection is ended for it."""
        while len(self._all) >= self.most:
            self._changed.clear()
            idle = [connection for connection in self._all.values() if connection.may_make_room]
            if idle:
                min(idle, key=lambda connection: (connection.phase is Phase.SENDING, connection.moved)).end()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), ROOM_PAUSE_S)

    def sending(self, request: web.BaseRequest, share: Share) -> None:
        """Note that a request's body is being read, within a share of the memory."""
        connection = self._all.get(request.protocol)
        if connection:
            connection.read(request.content, share)

    @contextlib.contextmanager
    def answering(self, request: web.BaseRequest) -> Iterator[None]:
        """Note that a request is complete, and at the end of the block that it is answered."""
        self._enter(request, Phase.ANSWERING)
        try:
            yield
        finally:
            self._enter(request, Phase.WAITING)

    async def sweep(self) -> None:
        """End the connections that are too slow, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_S)
            now = time.monotonic()
            for connection in list(self._all.values()):
                connection.end_if_late(now)

    def _enter(self, request: web.BaseRequest, phase: Phase) -> None:
        connection = self._all.get(request.protocol)
        if connection:
            connection.enter(phase)
        self._changed.set()

    def _lost(self, connection: Connection) -> None:
        self._all.pop(connection.http, None)
        self._changed.set()
