"""Reads request bodies. Each body has a size limit, and all bodies at one port share a memory limit.

A body counts from its first bytes until its request is answered. When the memory is used up, further bodies are not
read yet, so their senders wait: nothing is refused, and nothing is lost.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from aiohttp import HttpVersion11, web

MEMORY_BYTES = 128 << 20  #: the memory for all bodies at one port
FREE_BYTES = 64 << 10  #: the first bytes of each body do not count, so a small request never waits for large ones
DROPPED_TIMES = 4  #: a larger body is read up to this multiple of the limit, so that its sender sees the answer
_CHUNK_BYTES = 64 << 10


@dataclass(slots=True, eq=False)
class Share:
    """How much of the memory one request takes."""

    memory: "BodyMemory"
    counted_bytes: int = 0
    is_held: bool = False  #: it waits until other requests release memory, and its sender waits for it
    resumed: float = 0.0  #: when it last waited, by the monotonic clock

    async def grow(self, size: int) -> None:
        """Set this request's total to this many bytes, as soon as there is room for them."""
        await self.memory.make_room(self, max(0, size - FREE_BYTES))

    def resize(self, size: int) -> None:
        """Set this request's total to this many bytes at once, because they are in memory already."""
        self.memory.count(self, max(0, size - FREE_BYTES))


@dataclass(slots=True)
class Body:
    """A request's body, and its share of the memory."""

    content: bytes  #: as it was sent; empty if it is too large
    share: Share
    is_too_large: bool = False

    def take(self) -> bytes:
        """Return the content and drop it here; the caller then sets the share to the size of the result."""
        content, self.content = self.content, b""
        return content


@dataclass(slots=True)
class BodyMemory:
    """Limits the memory that requests take together.

    Requests that hold memory and wait for more could wait for each other forever. So the first waiting request may
    exceed the limit; the next may exceed it when the first is answered.
    """

    most_bytes: int = MEMORY_BYTES
    used_bytes: int = 0
    _ahead: Share | None = None  #: the share that may exceed the limit
    _room: asyncio.Event = field(default_factory=asyncio.Event)  #: set, and replaced, when memory was released

    @contextlib.contextmanager
    def share(self) -> Iterator[Share]:
        """Yield one request's share; release it at the end of the block."""
        share = Share(self)
        try:
            yield share
        finally:
            self.count(share, 0)
            if self._ahead is share:
                self._ahead = None
            self._wake_waiting()

    async def make_room(self, share: Share, size: int) -> None:
        """Set a share to this many bytes as soon as there is room for it."""
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
        """Set a share to this many bytes, even if there is no room for it."""
        self.used_bytes += size - share.counted_bytes
        share.counted_bytes = size

    def _exceeded_by(self, share: Share, size: int) -> bool:
        return size > share.counted_bytes and self.used_bytes + size - share.counted_bytes > self.most_bytes

    def _wake_waiting(self) -> None:
        self._room.set()
        self._room = asyncio.Event()


async def read_body(request: web.BaseRequest, most_bytes: int, share: Share) -> Body:
    """Return a request's body; a body that is too large is not kept.

    The rest of a body that is too large is read and dropped, within limits, so that its sender, which is still sending,
    sees why it is refused.
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
    """Answer `Expect: 100-continue`: curl, for one, waits for it before it sends a body of more than 1 MB.

    aiohttp has answered it already for the requests of its applications, which are `web.Request`.
    """
    if isinstance(request, web.Request):
        return
    if request.headers.get("expect", "").lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
