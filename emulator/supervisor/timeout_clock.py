"""Timeouts that stand still while a debugger is attached to the function."""

from __future__ import annotations

import asyncio
from typing import Any


class TimeoutClock:
    """Measures timeouts, and can be stopped."""

    def __init__(self) -> None:
        self.stopped = False
        self._changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def change(self, *, stopped: bool) -> None:
        """Stop the clock, or let it run again."""
        self.stopped = stopped
        self._changed.set_result(None)
        self._changed = asyncio.get_running_loop().create_future()

    async def wait(self, ends: set[asyncio.Future[Any]], left_s: float) -> float:
        """Wait until one of the futures is done or the time is used up; return the seconds that are left.

        The time in which the clock is stopped does not count.
        """
        loop = asyncio.get_running_loop()
        while left_s > 0 and not any(end.done() for end in ends):
            stopped, begun = self.stopped, loop.time()
            awaited = ends | {self._changed}
            await asyncio.wait(awaited, timeout=None if stopped else left_s, return_when=asyncio.FIRST_COMPLETED)
            if not stopped:
                left_s -= loop.time() - begun
        return left_s
