"""The engine that AWS publishes: the Runtime Interface Emulator (RIE) in front of the function's own command.

RIE and the function write to different pipes. A function can print the same lines as RIE, so this module checks the
pipe of a line before its text.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Mapping
from typing import Any

from emulator.supervisor.extension_processes import external_extensions
from emulator.supervisor.freezing import Freezer
from emulator.supervisor.init_ahead import LOOPBACK, InitAhead, RuntimeRelay
from emulator.supervisor.memory import Meter
from emulator.supervisor.output_lines import Lines, MessageSender
from emulator.supervisor.processes import (
    Group,
    command_behind_rie,
    describe_exit,
    keep_running,
    reserved_port,
    two_streams,
)
from emulator.supervisor.rie_port import RiePort

START_TIMEOUT_S = 10.0
#: RIE's last line about an invocation: its report, whose figures are made up (docs/rie.md, RIE-5), or that it failed
_END = re.compile(r"REPORT RequestId: (\S+)|.* \(rapid\) Invoke failed .*InvokeID=(\S+)")
#: how RIE's lines begin; the external extensions of an image, which RIE starts itself, write to the same pipes
_OWN = re.compile(r"\d\d \w{3} \d{4} [\d:,]+ \[\w+\] |(START|END|REPORT) RequestId: ")
#: RIE's bookkeeping of each call, which the emulator has no use for: it counts and writes these itself
_BOOKKEEPING = re.compile(r"(START|END|REPORT) RequestId: |.* \(rapid\) (INVOKE|Starting)")
EXTENSIONS_END_S = 2.5  #: RIE gives them 2 s
#: RIE's lines about the function's process; all of them are on stderr, and therefore in order
_STEP = re.compile(r".* \(rapid\) (INIT START|INVOKE START|INVOKE RTDONE|Process runtime-\d+ exited)")


class Rie:
    """Keeps RIE running. RIE starts the command at the first invocation, and again after it has ended.

    The first invocation is the supervisor's own (init_ahead.py), so that the init phase is over before the first call.
    """

    def __init__(
        self, options: argparse.Namespace, configuration: Mapping[str, Any], sender: MessageSender, *, token: str
    ) -> None:
        self._options = options
        self._sender = sender
        self._environment = {
            **os.environ,
            **configuration["environment"],
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(configuration["timeout_s"]),  # RIE's setting, which the function sees
        }
        self._limits = float(configuration["init_s"]), int(configuration["timeout_s"])
        self._has_extensions = bool(external_extensions(options.extensions))
        self._has_init_ahead = not self._has_extensions  #: nor has it one inside its process, as far as is known
        self._entrance = RiePort(token, before_request=self._begin_call, before_answer=self._end_call)
        self._port = 0
        self._group: Group | None = None
        self._function_output: list[Lines] = []
        self._meter = Meter(self._function)
        self._freezer: Freezer | None = None
        self._start = 0
        self._init: InitAhead | None = None  #: while it is going on
        self._init_fields: dict[str, object] | None = None  #: how an init phase ended after which RIE is started anew
        self._idle = False  #: the function's process has ended its call
        self._ended_while_idle = False  #: it ended after its call; RIE notices at the next call, and fails that one
        self._restart = asyncio.Event()

    async def run(self) -> None:
        """Run until cancelled."""
        self._port = await self._entrance.streams.start(self._options.listen, self._options.port)
        try:
            await keep_running(self._run_once)
        finally:
            await self._entrance.streams.close()

    async def restart(self, start: int) -> None:
        """Kill everything and start again, unless another start has followed that one already."""
        if start == self._start:
            self._restart.set()

    # ---- RIE's own lines arrive here
    def send(self, kind: str, **fields: object) -> None:
        """Pass on one of RIE's lines; after the last line of an invocation, also its figures."""
        line = str(fields.get("line", ""))
        if self._has_extensions and not _OWN.match(line):
            self._sender.send(kind, **{**fields, "stream": "extension"})
            return
        if step := _STEP.match(line):
            self._follow(step[1])
        if self._init and self._init.takes(line):
            return
        if not _BOOKKEEPING.match(line):
            self._sender.send(kind, **fields)
        if end := _END.match(line):
            for lines in self._function_output:  # the function wrote its lines before RIE wrote this one
                lines.take()
            figures = {"peak_mb": self._meter.peak_mb(), "out_of_memory": self._meter.out_of_memory()}
            taken = not (end[2] and self._ended_while_idle)
            self._sender.send("done", request_id=end[1] or end[2], taken=taken, **figures)

    def _follow(self, step: str) -> None:
        if step == "INIT START":
            self._ended_while_idle = False
        elif step.startswith("Process"):
            self._ended_while_idle = self._idle
            if self._freezer:
                self._freezer.forget()
        self._idle = step == "INVOKE RTDONE"

    async def drained(self) -> None:
        """Wait until the emulator has read most of the messages."""
        await self._sender.drained()

    def _begin_call(self) -> None:
        """Let the function continue before RIE gives it the call."""
        if self._freezer:
            self._freezer.thaw()

    def _end_call(self) -> None:
        """Freeze the function, and pass on all output of an invocation before its answer.

        RIE answers when the function has asked for its next call. Lines that come later belong to that one.
        """
        if self._freezer:
            self._freezer.freeze()
        self._take_output()

    def _take_output(self) -> None:
        """Pass on every line that has been written until now."""
        if self._group:
            self._group.take_output()

    def _function(self) -> list[int]:
        """Return the processes behind RIE; Lambda does not count RIE itself."""
        return [pid for pid in self._group.members() if pid != self._group.process.pid] if self._group else []

    async def _run_once(self) -> bool:
        """Run RIE until it ends or must be restarted, and report why; return whether it ended by itself."""
        with reserved_port() as port, reserved_port() as api_port:
            if not self._has_init_ahead or self._init_fields is not None:
                return await self._run_at(port, api_port, None)
            relay = RuntimeRelay(api_port)
            try:
                return await self._run_at(port, api_port, relay)
            finally:
                await relay.streams.close()

    async def _run_at(self, port: int, api_port: int, relay: RuntimeRelay | None) -> bool:
        self._start += 1
        self._restart.clear()
        self._meter.forget()
        relay_port = await relay.streams.start(LOOPBACK, 0) if relay else 0
        group = self._group = await self._started(port, api_port, relay_port)
        restart = asyncio.ensure_future(self._restart.wait())
        reason = f"RIE did not listen within {START_TIMEOUT_S:g} s"
        try:
            if await _listening(group, port):
                if relay and not await self._initialised(relay, port):
                    return False
                self._entrance.target = port
                self._sender.send("ready", port=self._port, start=self._start, **(self._init_fields or {}))
                self._init_fields = None
                await asyncio.wait({restart, group.exited}, return_when=asyncio.FIRST_COMPLETED)
            by_itself = group.exited.done() or not restart.done()
            if group.exited.done():
                reason = f"RIE ended with {describe_exit(group.exited.result())}"
            elif restart.done():
                reason = "restarted by the emulator"
        finally:
            self._entrance.target = 0
            restart.cancel()
            await self._end(group)
            self._init = None
            self._close_freezer()
        self._sender.send("exit", reason=reason)
        return by_itself

    async def _initialised(self, relay: RuntimeRelay, port: int) -> bool:
        """Have the init phase before the first call; return False if RIE must be started anew, without it."""
        init = self._init = InitAhead(relay, *self._limits, take_output=self._take_output)
        done = await init.run(port)
        self._init_fields = init.fields
        self._has_init_ahead = done or bool(init.fields)
        if done:
            self._end_call()
            self._init = None
            self._meter.forget()
        return done

    async def _end(self, group: Group) -> None:
        """Kill everything. RIE gets the time to let external extensions end."""
        if self._has_extensions and not group.has_ended():
            self._begin_call()  # a process that stands still does not end by itself
            group.process.send_signal(signal.SIGTERM)
            await asyncio.wait({group.exited}, timeout=EXTENSIONS_END_S)
        await group.kill()

    async def _started(self, port: int, api_port: int, relay_port: int) -> Group:
        own = [Lines("rie", self), Lines("rie", self)]
        function = self._function_output = two_streams(self._sender)
        command = [self._options.rie, "--runtime-interface-emulator-address", f"{LOOPBACK}:{port}"]
        command += ["--runtime-api-address", f"{LOOPBACK}:{api_port}"]
        freezer = self._freezer = Freezer()
        api = f"{LOOPBACK}:{relay_port}" if relay_port else ""
        command += command_behind_rie(self._options.command, function, freezer, api)
        try:
            return await Group.start(command, self._environment, own, function, freezer)
        except OSError:
            self._close_freezer()
            raise

    def _close_freezer(self) -> None:
        if self._freezer:
            self._freezer.close()
            self._freezer = None


async def _listening(group: Group, port: int) -> bool:
    """Wait until RIE takes connections; return False if it does not."""
    end = asyncio.get_running_loop().time() + START_TIMEOUT_S
    while not group.exited.done() and asyncio.get_running_loop().time() < end:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.close()
            return True
        await asyncio.sleep(0.01)
    return False
