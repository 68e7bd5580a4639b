"""One start of a function's own command, and the Runtime API (2018-06-01) that the command talks to.

The Runtime API listens on the environment's loopback address only, and answers processes of this user only: it asks for
no token, because no runtime would know it, and without a container other users of the machine share that address.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from emulator.supervisor.ending import end_in_order
from emulator.supervisor.extension_processes import ExtensionProcesses
from emulator.supervisor.extensions import Extensions
from emulator.supervisor.http1 import HttpServer, Request, Response
from emulator.supervisor.init_phase import InitPhase
from emulator.supervisor.offered_invocation import InvocationResult, OfferedInvocation
from emulator.supervisor.output_lines import MessageSender
from emulator.supervisor.processes import Group, two_streams
from emulator.supervisor.restoring import Restoring
from emulator.supervisor.runtime_answers import PAYLOAD_BYTES, accepted, error, exit_error, refusal
from emulator.supervisor.timeout_clock import TimeoutClock

API = "/2018-06-01/runtime"
SETTLE_S = 0.25  #: how long a child of an ended runtime may hold the runtime's connections open


class Runtime:
    """The command's processes from their init phase to their end. They get one call at a time (RT-06)."""

    group: Group

    def __init__(
        self,
        clock: TimeoutClock,
        environment: Mapping[str, str],
        extensions: Sequence[str] = (),
        *,
        freezes: bool = True,
    ) -> None:
        """`extensions` are the files of external ones (RT-20).

        `freezes`: the command stands still between calls, as on Lambda; a debugger could not talk to it then.
        """
        self._environment = environment
        names = [os.path.basename(file) for file in extensions]
        self.extensions = Extensions(names, environment, self._freeze_if_idle)
        self._external = ExtensionProcesses(extensions, self.extensions)
        self._has_external = bool(extensions)
        self.init_phase = InitPhase()
        self._restoring = Restoring(environment, self.init_phase.end)
        self._beginning: asyncio.Future[None] | None = None
        self._closed = False
        self._idle = asyncio.Event()  #: the command waits for its next call
        self._clock = clock
        self._freezes = freezes
        self.replaced = asyncio.Event()  #: another start takes its place
        self._server = HttpServer(self._serve, PAYLOAD_BYTES, for_this_user=True)
        self._started = asyncio.Event()
        self._call: OfferedInvocation | None = None
        self._offered = asyncio.Event()
        self._turn = 0

    async def start(self, command: Sequence[str], sender: MessageSender) -> None:
        """Start the command with a Runtime API of its own; with external extensions, when these have registered."""
        port = await self._server.streams.start("127.0.0.1", 0)
        variables = {**self._environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"}
        self.extensions.failed.add_done_callback(self._extension_failed)
        if not self._has_external:
            await self._start_command(command, variables, sender)
            return
        await self._external.start(variables, sender)
        self._beginning = asyncio.ensure_future(self._begin(command, variables, sender))

    async def _begin(self, command: Sequence[str], variables: Mapping[str, str], sender: MessageSender) -> None:
        await self.extensions.all_registered()
        if self.extensions.failed.done():
            return
        try:
            await self._start_command(command, variables, sender)
        except OSError as problem:
            self.init_phase.end(error("Runtime.InvalidEntrypoint", str(problem)))

    async def _start_command(self, command: Sequence[str], variables: Mapping[str, str], sender: MessageSender) -> None:
        self.group = await Group.start(command, variables, two_streams(sender))
        self.group.exited.add_done_callback(self._ended)
        self._started.set()

    # ---- requests of the emulator
    async def call(self, call: OfferedInvocation, timeout_s: float) -> InvocationResult | None:
        """Make one call; return None if the command ended before it had taken the call.

        The time in which a debugger is attached is no part of the timeout.
        """
        if self.group.has_ended() or self.extensions.failed.done():
            return None
        self._call = call
        self._idle.clear()
        self._signal(signal.SIGCONT)
        self.extensions.invoke(call.event)
        self._offered.set()
        ends: set[asyncio.Future[Any]] = {call.answer, self.group.exited, self.extensions.failed}
        left_s = await self._clock.wait(ends, timeout_s)
        if not call.answer.done() and self.group.exited.done():
            await self._server.streams.settle(SETTLE_S)
            if call.unread or not call.handed:
                return None
            call.end("crash", exit_error(call.request_id, self.group.exited.result()))
        if self.extensions.failed.done():
            call.end("crash", self._extension_error(call.request_id))
        call.end("timeout", b"")
        result = await self._after_answer(call, left_s)
        self.take_output()
        return result

    async def _after_answer(self, call: OfferedInvocation, left_s: float) -> InvocationResult:
        """Wait until the extensions are done with the call as well, within its timeout."""
        result = call.answer.result()
        if not self.extensions.registered or result.outcome not in ("success", "function error"):
            return result
        done = asyncio.ensure_future(self._all_done())
        await self._clock.wait({done, self.group.exited, self.extensions.failed}, left_s)
        over = done.done() or self.group.exited.done()
        done.cancel()
        if self.extensions.failed.done():
            result = InvocationResult("crash", self._extension_error(call.request_id))
        elif not over:
            result = InvocationResult("timeout", b"")
        return replace(result, duration_ms=(time.monotonic() - call.started) * 1000)

    async def _all_done(self) -> None:
        await self._idle.wait()
        await self.extensions.all_done()

    def _extension_error(self, request_id: str) -> bytes:
        kind, what = self.extensions.failed.result()
        return error(kind, f"RequestId: {request_id} Error: {what}")

    def take_output(self) -> None:
        """Pass on every line that has been written until now."""
        self._external.take_output()
        if self._started.is_set():
            self.group.take_output()

    def members(self) -> list[int]:
        """Return the ids of all processes."""
        own = self.group.members() if self._started.is_set() else []
        return self._external.members() + own

    async def give_up(self, failure: bytes) -> None:
        """End an init phase that takes too long."""
        self.init_phase.give_up(failure)
        await self.close("timeout")

    async def close(self, reason: str = "spindown") -> None:
        """End the command, the extensions, and every process that they started. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            if self.extensions.registered:
                self._signal(signal.SIGCONT)
                await end_in_order(self.group if self._started.is_set() else None, self._external, reason)
        finally:
            self._restoring.end()
            if self._beginning:
                self._beginning.cancel()
            if self._started.is_set():
                await self.group.kill()
            await self._external.kill()
            await self._server.streams.close()

    def _signal(self, number: int) -> None:
        if self._started.is_set():
            self.group.signal(number)
        self._external.signal(number)

    def _freeze_if_idle(self) -> None:
        """Freeze all processes when every one of them waits for the next call (RT-06), unless they are debugged."""
        call_over = self._call is None or self._call.answer.done()
        if self._freezes and not self._closed and self._idle.is_set() and call_over and self.extensions.rest:
            self._signal(signal.SIGSTOP)

    # ---- requests of the command
    async def _serve(self, request: Request) -> Response:
        """Answer one request of the Runtime API or the Extensions API."""
        answer = await self.extensions.serve(request)
        if answer is not None:
            return answer
        await self._started.wait()
        path = request.path[len(API) :] if request.path.startswith(API) else ""
        if (request.method, path) == ("GET", "/invocation/next"):
            return await self._next()
        if (request.method, path) == ("POST", "/init/error"):
            self.init_phase.end(request.body)
            return accepted()
        restored = self._restoring.serve((request.method, path), request)
        if restored is not None:
            return restored
        _, _, end = path.partition("/invocation/")
        request_id, _, what = end.partition("/")
        if request.method != "POST" or what not in ("response", "error"):
            return refusal(404, "ResourceNotFound", f"{request.method} {request.path} is not part of the Runtime API")
        if self._call is None or not self._call.is_named(request_id, request.headers):
            return refusal(400, "InvalidRequestID", "Invalid request ID")
        return self._call.take_answer(what, request)

    async def _next(self) -> Response:
        """Wait for the next call and hand it out.

        Between calls the command is frozen (RT-06), unless it is debugged.
        """
        self._turn += 1
        turn = self._turn
        if not self.init_phase.over.is_set():
            await self.extensions.all_ready()
            if not self.extensions.failed.done():
                self._restoring.end()
                self.init_phase.end(None)
        if self._call is None or self._call.handed:
            self._offered.clear()
            if self._call is None or self._call.answer.done():
                self._idle.set()
            self._freeze_if_idle()
        await self._offered.wait()
        if turn != self._turn or self._call is None:
            return refusal(410, "Gone", "asked for again since")
        call = self._call
        call.handed = True
        return Response(200, call.payload, {"Content-Type": "application/json", **call.headers}, call.was_not_read)

    def _ended(self, exited: asyncio.Future[int]) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self.init_phase.end(exit_error("", exited.result()))

    def _extension_failed(self, failed: asyncio.Future[tuple[str, str]]) -> None:
        if not failed.cancelled():
            self.init_phase.end(self._extension_error(""))
