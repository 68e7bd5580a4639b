"""Reads the bodies of requests within a limit each, and within a limit of memory for all of one port together.

A body counts from its first bytes until its request is answered. When the memory is used up, further bodies are left
unread, so that their senders wait: nothing is refused, and nothing is lost.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from aiohttp import HttpVersion11, web

MEMORY_BYTES = 128 << 20  #: for the bodies at one port
FREE_BYTES = 64 << 10  #: of each body, which do not count: a small request never waits for the large ones
DROPPED_TIMES = 4  #: the limit, up to which a body that is too large is read, so that its sender sees the answer
_CHUNK_BYTES = 64 << 10


@dataclass(slots=True, eq=False)
class Share:
    """How much of the memory one request takes."""

    memory: "BodyMemory"
    counted_bytes: int = 0
    is_held: bool = False  #: it waits for others to give memory back, and its sender waits for it
    resumed: float = 0.0  #: when it has waited last, by the monotonic clock

    async def grow(self, size: int) -> None:
        """Count so many bytes altogether, when there is room for them."""
        await self.memory.make_room(self, max(0, size - FREE_BYTES))

    def resize(self, size: int) -> None:
        """Count so many bytes altogether at once: what is in memory already."""
        self.memory.count(self, max(0, size - FREE_BYTES))


@dataclass(slots=True)
class Body:
    """A request's body, and its share of the memory."""

    content: bytes  #: as it was sent; empty when it is too large
    share: Share
    is_too_large: bool = False

    def take(self) -> bytes:
        """Return the content, and forget it: whoever takes it says what it becomes, by the share's size."""
        content, self.content = self.content, b""
        return content


@dataclass(slots=True)
class BodyMemory:
    """Limits the memory that requests take together.

    Requests that have part of it and wait for more could wait for each other for ever. So one of those that wait, the
    first, may take more than there is; the next one may when it is answered.
    """

    most_bytes: int = MEMORY_BYTES
    used_bytes: int = 0
    _ahead: Share | None = None  #: the one that may take more than there is
    _room: asyncio.Event = field(default_factory=asyncio.Event)  #: set, and replaced, when something was given back

    @contextlib.contextmanager
    def share(self) -> Iterator[Share]:
        """Yield one request's share, which is given back at the block's end."""
        share = Share(self)
        try:
            yield share
        finally:
            self.count(share, 0)
            if self._ahead is share:
                self._ahead = None
            self._tell()

    async def make_room(self, share: Share, size: int) -> None:
        """Count a share of so many bytes when there is room for it."""
        while self._exceeded_by(share, size) and self._ahead not in (None, share):
            share.is_held = True
            try:
                await self._room.wait()
            finally:
                share.is_held, share.resumed = False, time.monotonic()
        if self._exceeded_by(share, size):
            self._ahead = share
        self.count(share, size)

    def count(self, share: Share, size: int) -> None:
        """Count a share of so many bytes in any case."""
        self.used_bytes += size - share.counted_bytes
        share.counted_bytes = size

    def _exceeded_by(self, share: Share, size: int) -> bool:
        return size > share.counted_bytes and self.used_bytes + size - share.counted_bytes > self.most_bytes

    def _tell(self) -> None:
        self._room.set()
        self._room = asyncio.Event()


async def read_body(request: web.BaseRequest, most_bytes: int, share: Share) -> Body:
    """Return a request's body; of one that is too large, nothing is kept.

    The rest of a body that is too large is read and dropped, within limits: its sender, still sending, gets to see why
    it is refused.
    """
    too_large = (request.content_length or 0) > most_bytes
    if not too_large:
        await _continue_if_expected(request)
    body, size = bytearray(), 0
    async for chunk in request.content.iter_chunked(_CHUNK_BYTES):
        size += len(chunk)
        too_large = too_large or size > most_bytes
        if size > most_bytes * DROPPED_TIMES:
            break
        if too_large:
            body.clear()
            share.resize(0)
        else:
            await share.grow(size)
            body += chunk
    return Body(bytes(body), share, too_large)


async def _continue_if_expected(request: web.BaseRequest) -> None:
    """Answer `Expect: 100-continue`: curl, for one, waits for it before it sends a body of more than 1 MB."""
    if request.headers.get("expect", "").lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
