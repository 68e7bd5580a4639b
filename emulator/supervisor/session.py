"""One connection to the emulator, and what it asks for: its end is the environment's end."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

from emulator.supervisor.rie import Rie
from emulator.supervisor.runtime_engine import RuntimeEngine

#: by the name that the emulator's `configure` says
ENGINES: dict[str, type[Rie | RuntimeEngine]] = {"rie": Rie, "runtime-api": RuntimeEngine}
REFUSED_PAUSE_S = 2.0


class Session:
    """Says what happens here, and does what the emulator tells."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.stopped = False

    def tell(self, kind: str, **fields: object) -> None:
        """Send one message; messages arrive in the order in which they were told."""
        self.writer.write(json.dumps({"type": kind, **fields}).encode() + b"\n")

    async def drained(self) -> None:
        """Wait until the emulator has taken most of what was told."""
        await self.writer.drain()

    async def receive(self) -> dict[str, Any]:
        """Return the next message; an empty one when the connection has ended."""
        line = await self.reader.readline()
        message: dict[str, Any] = json.loads(line) if line else {}
        return message

    async def run(self, options: argparse.Namespace) -> None:
        """Announce the environment, take its configuration, and keep its engine running until the connection ends."""
        self.tell("hello", function=options.function, environment=options.environment)
        configuration = await self.receive()
        problem = self._problem(configuration)
        if problem:
            print(f"supervisor: {problem}", file=sys.stderr)
            await asyncio.sleep(REFUSED_PAUSE_S)
            return
        engine = ENGINES[configuration["engine"]](options, configuration, self)
        keeper = asyncio.ensure_future(engine.run())
        listener = asyncio.ensure_future(self._listen(engine))
        try:
            await asyncio.wait({keeper, listener}, return_when=asyncio.FIRST_COMPLETED)
            if keeper.done():
                await self._report(keeper.exception())
        finally:
            for task in (keeper, listener):
                task.cancel()
            await asyncio.gather(keeper, listener, return_exceptions=True)

    async def _report(self, error: BaseException | None) -> None:
        """Say why an engine cannot run (a command that is not there, a port that is taken), and let some time pass."""
        text = f"{getattr(error, 'filename', None) or 'the engine'} cannot be started: {error}"
        print(f"supervisor: {text}", file=sys.stderr)
        self.tell("notice", text=text)
        await asyncio.sleep(REFUSED_PAUSE_S)

    @staticmethod
    def _problem(configuration: Mapping[str, Any]) -> str:
        if configuration.get("type") != "configure":
            return f"the emulator refuses: {configuration.get('reason', 'connection ended')}"
        if configuration.get("engine") not in ENGINES:
            return f"the emulator asks for engine {configuration.get('engine')!r}; there are {', '.join(ENGINES)}"
        return ""

    async def _listen(self, engine: Rie | RuntimeEngine) -> None:
        while message := await self.receive():
            if message["type"] == "stop":
                self.stopped = True
                return
            if message["type"] == "restart":
                await engine.restart(int(message["start"]))
