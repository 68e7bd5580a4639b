"""The long polls that wait for messages of a queue. They are woken in their order of arrival, one for each message."""

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Waiters:
    """The long polls of one queue."""

    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    def __bool__(self) -> bool:
        """Return whether any poll waits."""
        return bool(self._waiting)

    def wake_one(self) -> None:
        """Wake the poll that has waited longest."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def wake_all(self) -> None:
        """Wake all polls."""
        while self._waiting:
            self.wake_one()

    def add(self) -> asyncio.Future[None]:
        """Add a poll at the end of the line; its caller then calls `wait`."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        return waiter

    async def wait(self, waiter: asyncio.Future[None], timeout_s: float) -> None:
        """Wait to be woken, for at most `timeout_s`. If the caller is cancelled, another poll is woken in its place."""
        try:
            async with asyncio.timeout(timeout_s):
                await waiter
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            if not waiter.cancelled():
                self.wake_one()
            raise
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
