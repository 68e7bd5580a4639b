"""Who waits for messages of a queue: long polls, woken in the order in which they came, one for each message."""

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Waiters:
    """The long polls of one queue."""

    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    def __bool__(self) -> bool:
        """Tell whether anybody waits."""
        return bool(self._waiting)

    def wake_one(self) -> None:
        """Wake whoever has waited longest."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def wake_all(self) -> None:
        """Wake everybody."""
        while self._waiting:
            self.wake_one()

    def add(self) -> asyncio.Future[None]:
        """Take the last place; the caller is about to `wait`."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        return waiter

    async def wait(self, waiter: asyncio.Future[None], timeout_s: float) -> None:
        """Wait to be woken, no longer than this. If the caller is cancelled, the next one is woken in its place."""
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
