"""The engine without RIE: the supervisor serves the Runtime API itself.

Invocations come as HTTP requests from emulator/link/runtime_api.py, which knows the function's token. Their other
headers are already those that the Runtime API hands out. A command that has ended is started again at once, so that
its init phase is over before the next call.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from emulator.supervisor.debug_command import FAR_S, DebugCommand
from emulator.supervisor.extension_processes import external_extensions
from emulator.supervisor.http1 import HttpServer, Request, Response
from emulator.supervisor.link_token import LINK_HEADER, is_same_token, unknown_caller
from emulator.supervisor.memory import Meter
from emulator.supervisor.offered_invocation import REQUEST_ID, InvocationResult, OfferedInvocation
from emulator.supervisor.output_lines import MessageSender
from emulator.supervisor.processes import describe_exit, keep_running, reserved_port
from emulator.supervisor.runtime_answers import PAYLOAD_BYTES, refusal, too_slow
from emulator.supervisor.runtime_api import Runtime
from emulator.supervisor.timeout_clock import TimeoutClock

PASSED_ON = (
    REQUEST_ID,
    "Lambda-Runtime-Trace-Id",
    "Lambda-Runtime-Invoked-Function-Arn",
    "Lambda-Runtime-Client-Context",
)


class RuntimeEngine:
    """Takes invocations one after the other, and keeps a runtime that answers them."""

    def __init__(
        self, options: argparse.Namespace, configuration: Mapping[str, Any], sender: MessageSender, *, token: str
    ) -> None:
        self._options = options
        self._token = token
        self._timeout_s = int(configuration["timeout_s"])
        self._environment = {**os.environ, **configuration["environment"]}
        self._debugger = DebugCommand.of(configuration)
        self._init_s = float(configuration["init_s"])
        self._clock = TimeoutClock()
        self._sender = sender
        self._port = 0
        self._turn = asyncio.Lock()
        self._start = 0
        self._runtime: asyncio.Future[Runtime] = asyncio.get_running_loop().create_future()  #: once initialised
        self._starting: Runtime | None = None  #: while it is initialised
        self._inside_call = False  #: the init phase is run again for a call, within its timeout
        self._meter = Meter(self._members)

    async def run(self) -> None:
        """Run until cancelled."""
        server = HttpServer(self._invoked, PAYLOAD_BYTES, refuse=self._refusal).streams
        self._port = await server.start(self._options.listen, self._options.port)
        try:
            await keep_running(self._run_once)
        finally:
            await server.close()

    async def restart(self, start: int) -> None:
        """Kill the runtime and start again, unless another start has followed that one already."""
        if start == self._start and self._runtime.done():
            await self._replace(self._runtime.result(), "restarted by the emulator", "spindown")

    def stop_timeouts(self, *, stopped: bool) -> None:
        """End no call, because a debugger is attached, or let timeouts run again."""
        self._clock.change(stopped=stopped)

    async def _run_once(self) -> bool:
        """Run one runtime from its init phase until it is replaced; return whether it ended by itself."""
        files = external_extensions(self._options.extensions)
        runtime = self._starting = Runtime(self._clock, self._environment, files, freezes=self._debugger is None)
        with self._under_debugger() as command:
            return await self._run_command(runtime, command)

    @contextlib.contextmanager
    def _under_debugger(self) -> Iterator[Sequence[str]]:
        """Yield the command to run: the function's own, or debugpy with it, which is announced to the emulator."""
        command: Sequence[str] = self._options.command
        if self._debugger is None:
            yield command
            return
        with reserved_port() as port:
            self._sender.send("debugger", port=port)
            yield self._debugger.around(command, port)

    async def _run_command(self, runtime: Runtime, command: Sequence[str]) -> bool:
        replaced = asyncio.ensure_future(runtime.replaced.wait())
        try:
            await runtime.start(command, self._sender)
            await self._initialise(runtime)
            # A runtime that could not be initialised is tried again for the next call, not over and over.
            ends: set[asyncio.Future[Any]] = (
                {replaced} if runtime.init_phase.failure else {replaced, runtime.group.exited}
            )
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            return not runtime.replaced.is_set() and await self._replace(runtime, self._ended(runtime))
        finally:
            replaced.cancel()
            await runtime.close()

    async def _initialise(self, runtime: Runtime) -> None:
        """Wait for the end of the init phase, and report it. One that takes too long is ended (RT-18).

        Not one under debugpy, which takes its time: a debugger would wait for an environment that nobody starts again.
        """
        inside_call = self._inside_call
        unlimited = inside_call or self._debugger is not None
        try:
            await asyncio.wait_for(runtime.init_phase.over.wait(), None if unlimited else self._init_s)
        except asyncio.TimeoutError:  # noqa: UP041  # until Python 3.11 another class than TimeoutError
            await runtime.give_up(too_slow(self._init_s))
        self._meter.forget()
        self._start += 1
        self._runtime.set_result(runtime)
        self._starting = None
        fields = {"port": self._port, "start": self._start, "inside_call": inside_call}
        self._sender.send("ready", **fields, **runtime.init_phase.fields())
        self._report_extensions(runtime)

    def _report_extensions(self, runtime: Runtime) -> None:
        events = {extension.name: list(extension.events) for extension in runtime.extensions.registered}
        for name in {**events, **runtime.extensions.errors}:
            failed = runtime.extensions.errors.get(name, "")
            self._sender.send("extension", name=name, events=events.get(name, []), error_type=failed)

    async def _replace(self, runtime: Runtime, reason: str, shutdown: str = "failure") -> bool:
        """Replace the runtime and wait for the end of its processes; return False if it was being replaced already.

        `shutdown` is what extensions are told as the reason.
        """
        if not self._runtime.done() or self._runtime.result() is not runtime:
            return False
        self._runtime = asyncio.get_running_loop().create_future()
        self._sender.send("reset", reason=reason)
        await runtime.close(shutdown)
        runtime.replaced.set()
        return True

    @staticmethod
    def _ended(runtime: Runtime) -> str:
        if runtime.extensions.failed.done():
            return "an extension failed: {}: {}".format(*runtime.extensions.failed.result())
        return f"the runtime ended with {describe_exit(runtime.group.exited.result())}"

    def _refusal(self, headers: Mapping[str, str]) -> Response | None:
        known = is_same_token(self._token, headers.get(LINK_HEADER.lower(), ""))
        return None if known else unknown_caller()

    async def _invoked(self, request: Request) -> Response:
        """Make the call that a request asks for. Calls that come at the same time are made one after the other."""
        if REQUEST_ID.lower() not in request.headers or request.too_large:
            return refusal(400, "InvalidRequest", f"an invocation has {REQUEST_ID} and at most {PAYLOAD_BYTES} bytes")
        headers = {name: request.headers[name.lower()] for name in PASSED_ON if name.lower() in request.headers}
        async with self._turn:
            answer = await self._call(headers, request.body)
        if answer is None:
            return refusal(503, "NotTaken", "the function is being initialised anew")
        figures = {"peak_mb": self._meter.peak_mb(), "out_of_memory": self._meter.out_of_memory()}
        self._sender.send("done", request_id=headers[REQUEST_ID], **figures)
        answer_headers = {"Facepipe-Outcome": answer.outcome, "Facepipe-Duration-Ms": f"{answer.duration_ms:.2f}"}
        return Response(200, answer.payload, answer_headers)

    async def _call(self, headers: Mapping[str, str], payload: bytes) -> InvocationResult | None:
        """Make one call; None when no runtime was there to take it.

        A call after a failed init phase runs that phase again, within the function's timeout (RT-18). Every other init
        phase has a time of its own, because no function gets a call before its init phase is over.
        """
        if not self._runtime.done():
            return None
        begun, left_s, runtime = time.monotonic(), float(self._timeout_s), self._runtime.result()
        if not runtime.init_phase.failure:
            return await self._call_in(runtime, headers, payload, left_s)
        left_s = await self._renew(runtime, left_s)
        init_ms = (time.monotonic() - begun) * 1000
        if left_s <= 0:
            return InvocationResult("timeout", b"", init_ms)
        renewed = self._runtime.result()
        if renewed.init_phase.failure:
            return InvocationResult("init failure", renewed.init_phase.failure, init_ms)
        answer = await self._call_in(renewed, headers, payload, left_s)
        return replace(answer, duration_ms=answer.duration_ms + init_ms) if answer else None

    async def _renew(self, runtime: Runtime, left_s: float) -> float:
        """Run a failed init phase again for a call; return the seconds that are left of the call's timeout."""
        self._inside_call = True
        try:
            await self._replace(runtime, "initialised anew for a call")
            left_s = await self._clock.wait({self._runtime}, left_s)
            if left_s <= 0 and self._starting:
                await self._starting.give_up(too_slow(self._timeout_s))
            return left_s
        finally:
            self._inside_call = False

    async def _call_in(
        self, runtime: Runtime, headers: Mapping[str, str], payload: bytes, left_s: float
    ) -> InvocationResult | None:
        deadline_s = time.time() + (FAR_S if self._clock.stopped else left_s)
        deadline = {"Lambda-Runtime-Deadline-Ms": str(int(deadline_s * 1000))}
        answer = await runtime.call(OfferedInvocation({**headers, **deadline}, payload), left_s)
        if answer is None:
            await self._replace(runtime, "the runtime ended before its next call")
        elif answer.outcome == "timeout":
            self._meter.peak_mb()  # while there is something to measure
            await self._replace(runtime, f"killed after a timeout of {self._timeout_s} s", "timeout")
        elif answer.outcome == "crash":
            await self._replace(runtime, self._ended(runtime))
        return answer

    def _members(self) -> list[int]:
        return self._runtime.result().members() if self._runtime.done() else []
