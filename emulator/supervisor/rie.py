"""The engine that AWS publishes: the Runtime Interface Emulator in front of the function's own command."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
from collections.abc import Mapping
from typing import Any

from emulator.supervisor.memory import Meter
from emulator.supervisor.output import Teller
from emulator.supervisor.processes import Group, describe_exit, dying_with_parent, keep_running, reserved_port

START_TIMEOUT_S = 10.0
#: RIE's last line of an invocation: a report, whose figures are made up (AWS.md fact 5), or, of a crash, that it failed
_END = re.compile(r"REPORT RequestId: (\S+)|.* \(rapid\) Invoke failed .*InvokeID=(\S+)")
#: what RIE says of its runtime's process, all on stderr and so in this order
_STEP = re.compile(r".* \(rapid\) (INIT START|INVOKE START|INVOKE RTDONE|Process runtime-\d+ exited)")


class Rie:
    """Keeps RIE running. It starts the command at the first call, and anew when that has ended."""

    def __init__(self, options: argparse.Namespace, configuration: Mapping[str, Any], teller: Teller) -> None:
        self._options = options
        self._teller = teller
        self._environment = {
            **os.environ,
            **configuration["environment"],
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(configuration["timeout_s"]),  # RIE's setting, which the function sees
        }
        self._group: Group | None = None
        self._meter = Meter(self._function)
        self._start = 0
        self._rests = False  #: the runtime's process has ended its call
        self._ended_at_rest = False  #: and then itself: RIE notices at the next call, which it fails
        self._restart = asyncio.Event()

    async def run(self) -> None:
        """Run until cancelled."""
        await keep_running(self._run_once)

    async def restart(self, start: int) -> None:
        """Kill everything and start anew, unless that start has been followed by another one already."""
        if start == self._start:
            self._restart.set()

    # ---- as the teller of RIE's output
    def tell(self, kind: str, **fields: object) -> None:
        """Pass a line on; with the last one of an invocation, its figures."""
        self._teller.tell(kind, **fields)
        line = str(fields.get("line", ""))
        if step := _STEP.match(line):
            self._follow(step[1])
        if end := _END.match(line):
            figures = {"peak_mb": self._meter.peak_mb(), "out_of_memory": self._meter.out_of_memory()}
            taken = not (end[2] and self._ended_at_rest)
            self._teller.tell("done", request_id=end[1] or end[2], taken=taken, **figures)

    def _follow(self, step: str) -> None:
        if step == "INIT START":
            self._ended_at_rest = False
        elif step.startswith("Process"):
            self._ended_at_rest = self._rests
        self._rests = step == "INVOKE RTDONE"

    async def drained(self) -> None:
        """Wait until most of what was told is taken."""
        await self._teller.drained()

    def _function(self) -> list[int]:
        """Return the processes behind RIE, which is none of Lambda's."""
        return [pid for pid in self._group.members() if pid != self._group.process.pid] if self._group else []

    async def _run_once(self) -> bool:
        """Run RIE until it ends or is to be restarted, and say why; return whether it ended by itself."""
        with reserved_port(self._options.listen, self._options.port) as port, reserved_port() as api_port:
            return await self._run_at(port, api_port)

    async def _run_at(self, port: int, api_port: int) -> bool:
        self._start += 1
        self._restart.clear()
        self._meter.forget()
        group = self._group = await Group.start(self._command(port, api_port), self._environment, self)
        restart = asyncio.ensure_future(self._restart.wait())
        reason = f"RIE did not listen within {START_TIMEOUT_S:g} s"
        try:
            if await self._listening(group, port):
                self._teller.tell("ready", port=port, start=self._start)
                await asyncio.wait({restart, group.exited}, return_when=asyncio.FIRST_COMPLETED)
            by_itself = group.exited.done() or not restart.done()
            if group.exited.done():
                reason = f"RIE ended with {describe_exit(group.exited.result())}"
            elif restart.done():
                reason = "restarted by the emulator"
        finally:
            restart.cancel()
            await group.kill()
        self._teller.tell("exit", reason=reason)
        return by_itself

    def _command(self, port: int, api_port: int) -> list[str]:
        return [
            self._options.rie,
            "--runtime-interface-emulator-address",
            f"{self._options.listen}:{port}",
            "--runtime-api-address",
            f"127.0.0.1:{api_port}",
            *dying_with_parent(self._options.command),
        ]

    async def _listening(self, group: Group, port: int) -> bool:
        """Wait until RIE takes connections."""
        host = "127.0.0.1" if self._options.listen == "0.0.0.0" else self._options.listen
        end = asyncio.get_running_loop().time() + START_TIMEOUT_S
        while not group.exited.done() and asyncio.get_running_loop().time() < end:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(host, port)
                writer.close()
                return True
            await asyncio.sleep(0.01)
        return False
