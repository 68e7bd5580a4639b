"""One connection to the emulator. When it ends, the environment ends."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

from emulator.supervisor.link_token import read_token
from emulator.supervisor.rie import Rie
from emulator.supervisor.runtime_engine import RuntimeEngine

#: by the name in the emulator's `configure` message
ENGINES: dict[str, type[Rie | RuntimeEngine]] = {"rie": Rie, "runtime-api": RuntimeEngine}
REFUSED_PAUSE_S = 2.0


class Session:
    """Reports events to the emulator, and carries out the emulator's requests."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.stopped = False
        self.refused = False  #: the emulator does not take this environment

    def send(self, kind: str, **fields: object) -> None:
        """Send one message. Messages arrive in the order in which they were sent."""
        self.writer.write(json.dumps({"type": kind, **fields}).encode() + b"\n")

    async def drained(self) -> None:
        """Wait until the emulator has taken most of the messages."""
        await self.writer.drain()

    async def receive(self) -> dict[str, Any]:
        """Return the next message; an empty message if the connection has ended."""
        line = await self.reader.readline()
        message: dict[str, Any] = json.loads(line) if line else {}
        return message

    async def run(self, options: argparse.Namespace) -> None:
        """Announce the environment, take its configuration, and keep its engine running until the connection ends."""
        token = read_token(options.token, options.token_file)
        names = {"function": options.function, "environment": options.environment}
        self.send("hello", **names, token=token, code_version=options.code_version)
        configuration = await self.receive()
        if configuration.get("type") == "stop":  # the function's code has changed since this supervisor was started
            self.stopped = True
            return
        problem = self._problem(configuration)
        if problem:
            self.refused = True
            complain(problem)
            await asyncio.sleep(REFUSED_PAUSE_S)
            return
        engine = ENGINES[configuration["engine"]](options, configuration, self, token=token)
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
        """Report why an engine cannot run (no such command, a port is taken), and wait before the next attempt."""
        text = f"{getattr(error, 'filename', None) or 'the engine'} cannot be started: {error}"
        complain(text)
        self.send("notice", text=text)
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
            if message["type"] == "timeouts" and isinstance(engine, RuntimeEngine):
                engine.stop_timeouts(stopped=bool(message["stopped"]))


def complain(text: str) -> None:
    """Write one line to standard error."""
    print(printable(f"supervisor: {text}"), file=sys.stderr)


def printable(text: str) -> str:
    """Return text in one line, with escapes in place of the characters that are not printed."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
