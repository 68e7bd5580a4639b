"""Writes the changes of the queues in its own thread. Changes that come during a write form the next group."""

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from emulator.queues.embedded.changes import Changes
from emulator.queues.embedded.errors import UNAVAILABLE, SqsError
from emulator.queues.embedded.queue_store import QueueStore
from emulator.queues.embedded.rows import Rows

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """Changes that are written together, and the future on which their callers wait."""

    rows: Rows
    done: Callable[[Exception | None], None]


class StoreWriter:
    """Stores the changes of an account. While one group is being written, the next one is collected.

    If a group cannot be written, because the disk is full, the calls that wait for it fail. Its changes are kept and
    written with the next group, so that the file is complete again as soon as there is space.
    """

    def __init__(self, changes: Changes, store: QueueStore) -> None:
        self._changes = changes
        self._store = store
        self._groups: queue.SimpleQueue[ChangeGroup | None] = queue.SimpleQueue()
        self._current: asyncio.Future[None] | None = None
        self._next: asyncio.Future[None] | None = None
        self._failing = False
        self._thread = threading.Thread(target=self._write_all, name="queue store", daemon=True)
        self._thread.start()

    async def stored(self) -> None:
        """Wait until all changes so far are in the file. Raises `SqsError` if it cannot be written."""
        written = self._current
        if self._changes:
            if self._next is None:
                loop = asyncio.get_running_loop()
                self._next = loop.create_future()
                if self._current is None:
                    loop.call_soon(self._begin)
            written = self._next
        if written is not None:
            await asyncio.shield(written)

    async def writable(self) -> None:
        """Raise `SqsError` while the file cannot be written. Call it before a change that must not be made then."""
        if self._failing:
            await self.stored()

    async def close(self) -> None:
        """Write the remaining changes, and end the thread."""
        with contextlib.suppress(SqsError):
            await self.stored()
        self._groups.put(None)
        await asyncio.to_thread(self._thread.join)

    def _begin(self) -> None:
        """Pass the collected changes to the thread."""
        written, self._current, self._next = self._next, self._next, None
        if written is None:
            return
        loop, changes = asyncio.get_running_loop(), self._changes.take()

        def done(error: Exception | None) -> None:
            loop.call_soon_threadsafe(self._finish, changes, written, error)

        self._groups.put(ChangeGroup(Rows.of(changes), done))

    def _finish(self, changes: Changes, written: asyncio.Future[None], error: Exception | None) -> None:
        self._current = None
        if error is None:
            if self._failing:
                log.warning("%s can be written again", self._store.path)
            self._failing = False
            written.set_result(None)
        else:
            self._changes.put_back(changes)
            problem = f"{self._store.path} cannot be written ({error}): make room on its disk, and call again"
            if not self._failing:
                log.error("the queues take no messages: %s", problem)
            self._failing = True
            written.set_exception(SqsError(UNAVAILABLE, problem))
            written.exception()  # its callers may have disconnected
        if self._next is not None:
            self._begin()

    def _write_all(self) -> None:
        while (group := self._groups.get()) is not None:
            try:
                self._store.write(group.rows)
            except Exception as error:  # noqa: BLE001  # the thread continues, and its callers get the error
                group.done(error)
            else:
                group.done(None)
