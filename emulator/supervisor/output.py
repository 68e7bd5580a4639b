"""A function's output, line by line."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Protocol

LINE_BYTES = 65_536  #: of a line of output that are passed on as one
CHUNK_BYTES = 1 << 20  #: more than a pipe holds: one read takes all that has been written so far


class Teller(Protocol):
    """Where lines go (the session, in real life)."""

    def tell(self, kind: str, **fields: object) -> None:
        """Send one message."""

    async def drained(self) -> None:
        """Wait until most of what was told is taken."""


class Lines:
    """One stream of output. It comes by itself (`pump`); `take` passes on at once what has been written so far."""

    def __init__(self, name: str, teller: Teller) -> None:
        self._name = name
        self._teller = teller
        self._source, self.sink = os.pipe()  #: `sink` is for the writing process
        os.set_blocking(self._source, False)
        self._rest = b""
        self._open = True

    async def pump(self) -> None:
        """Pass lines on until the stream's end, no faster than they are taken."""
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
                await self._teller.drained()

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
            self._tell(line)
        if len(self._rest) > LINE_BYTES:
            self._tell(self._rest)
            self._rest = b""

    def close(self) -> None:
        """Pass on what is left, and end; once is enough."""
        if self._source >= 0:
            self.take()
            if self._rest:
                self._tell(self._rest)
            os.close(self._source)
        self._open, self._rest, self._source = False, b"", -1

    def _tell(self, line: bytes) -> None:
        """Tell a line; a very long one in pieces."""
        for start in range(0, len(line) or 1, LINE_BYTES):
            piece = line[start : start + LINE_BYTES].decode("utf-8", "replace")
            self._teller.tell("log", stream=self._name, line=piece)
