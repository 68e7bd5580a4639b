"""The init phase of a function behind RIE, before its first call.

RIE starts a function in its first invocation only (docs/rie.md, RIE-5). So the supervisor makes a first invocation of
its own, which the function never gets: this relay stands between the function's runtime and RIE's Runtime API. It
answers that invocation itself when the runtime asks for its first one, and then passes the runtime's request on. The
runtime waits for the first call, as on Lambda.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Sequence

from emulator.supervisor.http1 import HEAD_BYTES
from emulator.supervisor.init_phase import init_fields
from emulator.supervisor.rie_port import cancel, copy
from emulator.supervisor.runtime_answers import error, too_slow
from emulator.supervisor.stream_server import StreamServer

LOOPBACK = "127.0.0.1"
INVOKE = b"POST /2015-03-31/functions/function/invocations HTTP/1.1\r\n"
ANSWER = b"POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\n"
OK, NULL = 200, b"null"  #: RIE's answer to it, if the function was initialised
#: what RIE, as an HTTP/1.1 server, must be told of the supervisor's own two requests; the body has four bytes: null
NULL_BODY = b"Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 4\r\n%s\r\nnull"
#: RIE's lines about an init phase and the invocation that brought it about
_ABOUT_INIT = re.compile(r"(START|END|REPORT) RequestId: |.* \(rapid\) (INIT |INVOKE |Invoke failed |Init failed )")
_EXITED = re.compile(r" \(rapid\) Init failed .*error=(Runtime exited .*?)( InvokeID=|$)")
_DURATION = re.compile(r" \(rapid\) INIT REPORT\(durationMs: ([\d.]+)\)")
_NEXT = re.compile(rb"GET /2018-06-01/runtime/invocation/next ")
_INIT_ERROR = re.compile(rb"POST /2018-06-01/runtime/init/error ")
_LENGTH = re.compile(rb"^content-length:[ ]*(\d+)", re.IGNORECASE | re.MULTILINE)
_REQUEST_ID = re.compile(rb"^lambda-runtime-aws-request-id:[ ]*([\w-]+)", re.IGNORECASE | re.MULTILINE)


class RuntimeRelay:
    """Relays the function's runtime to RIE's Runtime API; keeps the supervisor's own invocation from the function."""

    def __init__(self, rie_port: int) -> None:
        self._rie_port = rie_port
        self.holds = False  #: the next invocation that RIE hands out is the supervisor's own
        self.unsuitable = asyncio.Event()  #: the function asked for something that the invocation would disturb
        self.streams = StreamServer(self._serve, HEAD_BYTES)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.streams.admit()
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                rie = await asyncio.open_connection(LOOPBACK, self._rie_port, limit=HEAD_BYTES)
                try:
                    if not self.holds or await self._first_request(reader, *rie):
                        await _both_ways((reader, writer), rie)
                finally:
                    rie[1].close()
        finally:
            with contextlib.suppress(OSError):
                writer.close()

    async def _first_request(
        self, reader: asyncio.StreamReader, rie_reader: asyncio.StreamReader, rie_writer: asyncio.StreamWriter
    ) -> bool:
        """Pass on a connection's first request, after the supervisor's own invocation; False if it may not be.

        An extension inside the function's process would get the invocation as an event, so it may not register. The
        runtime may have connected more than once; whichever connection asks first has the init phase's end.
        """
        head = await reader.readuntil(b"\r\n\r\n")
        if self.holds and _NEXT.match(head):
            self.holds = False
            rie_writer.write(head)
            handed = _REQUEST_ID.search(await _read_answer(rie_reader))
            if not handed:
                self.holds = True
                return False
            rie_writer.write(ANSWER % handed[1] + NULL_BODY % b"")
            await _read_answer(rie_reader)
        elif self.holds and not _INIT_ERROR.match(head):
            self.unsuitable.set()
            await reader.read()  # the process ends, and logs no broken connection before
            return False
        rie_writer.write(head)
        return True


async def _both_ways(
    runtime: tuple[asyncio.StreamReader, asyncio.StreamWriter], rie: tuple[asyncio.StreamReader, asyncio.StreamWriter]
) -> None:
    """Copy between two connections until one of them ends."""
    both = {asyncio.ensure_future(way) for way in (copy(runtime[0], rie[1]), copy(rie[0], runtime[1]))}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancel(*both)


async def _read_answer(reader: asyncio.StreamReader) -> bytes:
    """Read one answer of RIE's, and return its head."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    await reader.readexactly(int(length[1]) if length else 0)
    return head


class InitAhead:
    """The init phase of one start of RIE: follows what RIE says about it, and reports how it ended."""

    def __init__(self, relay: RuntimeRelay, init_s: float, timeout_s: int, *, take_output: Callable[[], None]) -> None:
        self._relay = relay
        self._take_output = take_output  #: takes all lines that RIE has written
        self._init_s = init_s
        self._timeout_s = timeout_s
        self._durations: list[float] = []  #: of its attempts; after a failure RIE may make a second one at once
        self._exit = "Runtime exited without providing a reason"
        self.fields: dict[str, object] = {}  #: of the message `ready`; empty if the init phase is still to come

    def takes(self, line: str) -> bool:
        """Take one of RIE's lines if it is about the init phase, whose end `ready` reports."""
        if duration := _DURATION.search(line):
            self._durations.append(float(duration[1]))
        if exited := _EXITED.search(line):
            self._exit = exited[1]
        return _ABOUT_INIT.match(line) is not None

    async def run(self, rie_port: int) -> bool:
        """Wait for the end of the init phase; return False if RIE must be started anew, to do it in the first call."""
        self._relay.holds = True
        answer = asyncio.ensure_future(invoke(rie_port))
        unsuitable = asyncio.ensure_future(self._relay.unsuitable.wait())
        try:
            await asyncio.wait({answer, unsuitable}, timeout=self._init_s, return_when=asyncio.FIRST_COMPLETED)
            if unsuitable.done():
                return False
            if not answer.done():
                return self._timed_out(self._init_s)
            try:
                status, body = answer.result()
            except (OSError, EOFError):  # RIE has ended; its engine sees that from its process
                return True
            if status == OK and body != NULL:  # a timeout; RIE may answer before it has killed the function
                return self._timed_out(self._timeout_s)
            self._take_output()
            self._report(status, body)
            return True
        finally:
            self._relay.holds = False
            await cancel(answer, unsuitable)

    def _report(self, status: int, body: bytes) -> None:
        """Report how RIE says that it ended; a runtime that exits without a word leaves RIE's answer empty."""
        if status == OK:
            self.fields = _fields("success", self._durations[-1:], b"")
        else:
            why = body or error("Runtime.ExitError", f"Error: {self._exit}")
            self.fields = _fields("error", self._durations[:1], why)

    def _timed_out(self, limit_s: float) -> bool:
        self.fields = _fields("timeout", [limit_s * 1000], too_slow(limit_s))
        return False


def _fields(status: str, durations: Sequence[float], why: bytes) -> dict[str, object]:
    return {**init_fields(sum(durations), status, why), "inside_call": False}


async def invoke(rie_port: int) -> tuple[int, bytes]:
    """Make the supervisor's own invocation; return status and body. `OSError` or `EOFError` if RIE ends meanwhile."""
    reader, writer = await asyncio.open_connection(LOOPBACK, rie_port)
    try:
        writer.write(INVOKE + NULL_BODY % b"Connection: close\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), await reader.read()
    finally:
        writer.close()
