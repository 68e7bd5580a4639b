"""A function's output, line by line."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Protocol

LINE_BYTES = 65_536  #: longer lines are passed on in pieces
CHUNK_BYTES = 1 << 20  #: more than a pipe holds, so that one read takes all that has been written


class MessageSender(Protocol):
    """Takes messages for the emulator: the session, or an engine that looks at its lines first."""

    def send(self, kind: str, **fields: object) -> None:
        """Send one message."""

    async def drained(self) -> None:
        """Wait until the emulator has taken most of the messages."""


class Lines:
    """One stream of output. `pump` passes its lines on as they come; `take` passes on at once what was written so far.

    The stream is a pipe, and its name shows the emulator where a line came from, whatever the line says.
    """

    def __init__(self, name: str, sender: MessageSender) -> None:
        self._name = name
        self._sender = sender
        self._source, self.sink = os.pipe()  #: the writing process gets the sink
        os.set_blocking(self._source, False)
        self._rest = b""
        self._open = True

    async def pump(self) -> None:
        """Pass lines on until the stream ends, no faster than the emulator reads them."""
        loop = asyncio.get_running_loop()
        while self._open:
            readable = loop.create_future()
            loop.add_reader(self._source, readable.set_result, None)
            try:
                await readable
            finally:
                loop.remove_reader(self._source)
            self.take()
            with contextlib.suppress(ConnectionError):
                await self._sender.drained()

    def take(self) -> None:
        """Pass on what has been written so far."""
        if not self._open:
            return
        try:
            chunk = os.read(self._source, CHUNK_BYTES)
        except BlockingIOError:
            return
        if not chunk:
            self._open = False
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._send(line)
        if len(self._rest) > LINE_BYTES:
            self._send(self._rest)
            self._rest = b""

    def close(self) -> None:
        """Pass on what is left, and close the pipe. A second call does nothing."""
        if self._source >= 0:
            self.take()
            if self._rest:
                self._send(self._rest)
            os.close(self._source)
        self._open, self._rest, self._source = False, b"", -1

    def _send(self, line: bytes) -> None:
        """Send a line, in pieces if it is very long."""
        for start in range(0, len(line) or 1, LINE_BYTES):
            piece = line[start : start + LINE_BYTES].decode("utf-8", "replace")
            self._sender.send("log", stream=self._name, line=piece)
