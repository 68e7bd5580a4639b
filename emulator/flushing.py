"""Writes what is collected in memory at intervals, in the background."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

FLUSH_S = 0.25


@contextlib.asynccontextmanager
async def flushed_regularly(flush: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Call `flush` four times a second while the block lasts, and once more at its end."""

    async def run() -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            await flush()

    writer = asyncio.ensure_future(run())
    try:
        yield
    finally:
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
        await flush()
