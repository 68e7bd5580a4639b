"""One start of a function's own command, and the Runtime API (2018-06-01) that the command talks to.

The Runtime API listens on the environment's loopback address only, and answers processes of this user only: it asks for
no token, because no runtime would know it, and without a container other users of the machine share that address.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.supervisor.http1 import HttpServer, Request, Response
from emulator.supervisor.output_lines import MessageSender
from emulator.supervisor.processes import Group, two_streams
from emulator.supervisor.timeout_clock import TimeoutClock

API = "/2018-06-01/runtime"
PAYLOAD_BYTES = 6_291_556  #: the most bytes of a response (FU-22)
SETTLE_S = 0.25  #: how long a child of an ended runtime may hold the runtime's connections open
REQUEST_ID = "Lambda-Runtime-Aws-Request-Id"
INVOCATION_ID = "Lambda-Runtime-Invocation-Id"  #: names one attempt; a runtime that knows it sends it back (RT-13)


@dataclass(frozen=True)
class InvocationResult:
    """How a call ended: `outcome` as invocation.py's OutcomeKind spells it."""

    outcome: str
    payload: bytes
    duration_ms: float = 0.0


class OfferedInvocation:
    """One invocation, which is offered to the runtime, handed to it and answered by it."""

    def __init__(self, headers: Mapping[str, str], payload: bytes) -> None:
        self.attempt = str(uuid.uuid4())
        self.headers = {**headers, INVOCATION_ID: self.attempt}
        self.payload = payload
        self.request_id = headers[REQUEST_ID]
        self.started = time.monotonic()
        self.handed = False
        self.unread = False
        self.answer: asyncio.Future[InvocationResult] = asyncio.get_running_loop().create_future()

    def was_not_read(self) -> None:
        """Note that the runtime ended before it had read the call."""
        self.unread = True

    def end(self, outcome: str, payload: bytes) -> None:
        """Take the answer; only the first one counts."""
        if not self.answer.done():
            self.answer.set_result(InvocationResult(outcome, payload, (time.monotonic() - self.started) * 1000))


class Runtime:
    """The command's processes from their init phase to their end. They get one call at a time (RT-06)."""

    group: Group

    def __init__(self, clock: TimeoutClock, *, freezes: bool = True) -> None:
        """`freezes`: the command stands still between calls, as on Lambda; a debugger could not talk to it then."""
        self._clock = clock
        self._freezes = freezes
        self.init_ms = 0.0
        self.failure: bytes | None = None  #: the init phase's error, as JSON
        self.initialised = asyncio.Event()  #: the init phase is over, whether it succeeded or not
        self._given_up = False
        self.replaced = asyncio.Event()  #: another start takes its place
        self._server = HttpServer(self._serve, PAYLOAD_BYTES, for_this_user=True)
        self._begun = time.monotonic()
        self._started = asyncio.Event()
        self._call: OfferedInvocation | None = None
        self._offered = asyncio.Event()
        self._turn = 0

    async def start(self, command: Sequence[str], environment: Mapping[str, str], sender: MessageSender) -> None:
        """Start the command with a Runtime API of its own."""
        port = await self._server.streams.start("127.0.0.1", 0)
        variables = {**environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"}
        self.group = await Group.start(command, variables, two_streams(sender))
        self.group.exited.add_done_callback(self._ended)
        self._started.set()

    @property
    def init_status(self) -> str:
        """How the init phase ended, in Lambda's words."""
        if self._given_up:
            return "timeout"
        return "error" if self.failure else "success"

    # ---- requests of the emulator
    async def call(self, call: OfferedInvocation, timeout_s: float) -> InvocationResult | None:
        """Make one call; return None if the command ended before it had taken the call.

        The time in which a debugger is attached is no part of the timeout.
        """
        if self.group.has_ended():
            return None
        self._call = call
        self.group.signal(signal.SIGCONT)
        self._offered.set()
        ends: set[asyncio.Future[Any]] = {call.answer, self.group.exited}
        await self._clock.wait(ends, timeout_s)
        if not call.answer.done() and self.group.exited.done():
            await self._server.streams.settle(SETTLE_S)
            if call.unread or not call.handed:
                return None
            call.end("crash", exit_error(call.request_id, self.group.exited.result()))
        call.end("timeout", b"")
        self.group.take_output()
        return call.answer.result()

    async def give_up(self, failure: bytes) -> None:
        """End an init phase that takes too long."""
        self._given_up = not self.initialised.is_set()
        self._initialise(failure)
        if self._started.is_set():
            await self.group.kill()

    async def close(self) -> None:
        """Kill the command and every process that it started."""
        if self._started.is_set():
            await self.group.kill()
        await self._server.streams.close()

    # ---- requests of the command
    async def _serve(self, request: Request) -> Response:
        """Answer one request of the Runtime API."""
        await self._started.wait()
        path = request.path[len(API) :] if request.path.startswith(API) else ""
        if (request.method, path) == ("GET", "/invocation/next"):
            return await self._next()
        if (request.method, path) == ("POST", "/init/error"):
            self._initialise(request.body)
            return accepted()
        _, _, end = path.partition("/invocation/")
        request_id, _, what = end.partition("/")
        if request.method != "POST" or what not in ("response", "error"):
            return refusal(404, "ResourceNotFound", f"{request.method} {request.path} is not part of the Runtime API")
        call = self._answered(request_id, request.headers.get(INVOCATION_ID.lower()))
        if call is None:
            return refusal(400, "InvalidRequestID", "Invalid request ID")
        return self._take_answer(call, what, request)

    def _answered(self, request_id: str, attempt: str | None) -> OfferedInvocation | None:
        """Return the call in flight if these ids are its own; a runtime that is older sends no id of the attempt."""
        call = self._call
        if call is None or not call.handed or request_id != call.request_id:
            return None
        return call if attempt in (None, call.attempt) else None

    def _take_answer(self, call: OfferedInvocation, what: str, request: Request) -> Response:
        if request.too_large:
            call.end("response too large", error("Function.ResponseSizeTooLarge", TOO_LARGE))
            return refusal(
                413, "RequestEntityTooLarge", f"Exceeded maximum allowed payload size ({PAYLOAD_BYTES} bytes)."
            )
        call.end("function error" if what == "error" else "success", request.body)
        return accepted()

    async def _next(self) -> Response:
        """Wait for the next call and hand it out.

        Between calls the command is frozen (RT-06), unless it is debugged.
        """
        self._turn += 1
        turn = self._turn
        self._initialise(None)
        if self._call is None or self._call.handed:
            self._offered.clear()
            if self._freezes and (self._call is None or self._call.answer.done()):
                self.group.signal(signal.SIGSTOP)
        await self._offered.wait()
        if turn != self._turn or self._call is None:
            return refusal(410, "Gone", "asked for again since")
        call = self._call
        call.handed = True
        return Response(200, call.payload, {"Content-Type": "application/json", **call.headers}, call.was_not_read)

    def _initialise(self, failure: bytes | None) -> None:
        if not self.initialised.is_set():
            self.init_ms = (time.monotonic() - self._begun) * 1000
            self.failure = failure
            self.initialised.set()

    def _ended(self, exited: asyncio.Future[int]) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._initialise(exit_error("", exited.result()))


TOO_LARGE = f"Response payload size exceeded maximum allowed payload size ({PAYLOAD_BYTES} bytes)."


def exit_error(request_id: str, code: int) -> bytes:
    """Return the error that Lambda reports for a runtime that ended by itself."""
    if code == 0:
        why = "Runtime exited without providing a reason"
    elif code < 0:
        name = {signal.SIGKILL: "killed", signal.SIGSEGV: "segmentation fault", signal.SIGABRT: "aborted"}
        why = f"Runtime exited with error: signal: {name.get(signal.Signals(-code), signal.Signals(-code).name)}"
    else:
        why = f"Runtime exited with error: exit status {code}"
    return error("Runtime.ExitError", f"RequestId: {request_id} Error: {why}")


def error(kind: str, message: str) -> bytes:
    """Return an error object (RT-12)."""
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def accepted() -> Response:
    """Return the Runtime API's answer to a result that it has taken."""
    return Response(202, b'{"status":"OK"}', {"Content-Type": "application/json"})


def refusal(status: int, kind: str, message: str) -> Response:
    """Return a refusal as the Runtime API words them."""
    return Response(status, error(kind, message), {"Content-Type": "application/json"})
