"""Takes notes in memory and writes them in the background: nobody waits for the disk."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from emulator.journal.counters import Counters
from emulator.journal.entries import Entry, Line
from emulator.journal.store import Name, Store

log = logging.getLogger(__name__)

FLUSH_S = 0.25
PENDING = 50_000  #: notes that wait for a slow disk at most; then the newest are dropped, and counted

T = TypeVar("T")


class Journal:
    """One journal, made by `keep`."""

    def __init__(self, store: Store) -> None:
        self.counters = Counters()
        self.dropped = 0
        self._store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._entries: list[Entry] = []
        self._lines: list[Line] = []
        self._names: list[Name] = []

    def note(self, entry: Entry) -> None:
        """Keep a step."""
        self.counters.count(entry)
        self._add(self._entries, entry)

    def line(self, line: Line) -> None:
        """Keep a line of output."""
        self._add(self._lines, line)

    def name(self, name: Name) -> None:
        """Keep what the application calls a request."""
        self._add(self._names, name)

    async def ask(self, question: Callable[[Store], T]) -> T:
        """Answer from the store, what was noted until now included."""
        await self.flush()
        return await asyncio.get_running_loop().run_in_executor(self._thread, question, self._store)

    async def flush(self) -> None:
        """Write what waits; on an error say so and go on without it."""
        entries, lines, names = self._entries, self._lines, self._names
        if not (entries or lines or names):
            return
        self._entries, self._lines, self._names = [], [], []
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._store.write, entries, lines, names)
        except sqlite3.Error as error:
            self.dropped += len(entries) + len(lines)
            log.warning("the journal could not be written (%s): %d notes are lost", error, self.dropped)

    async def run(self) -> None:
        """Write every now and then, until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_S)
            await self.flush()

    def close(self) -> None:
        """End the thread and close the file."""
        self._thread.shutdown()
        self._store.close()

    def _add(self, notes: list[T], note: T) -> None:
        if len(notes) < PENDING:
            notes.append(note)
        else:
            self.dropped += 1


@contextlib.asynccontextmanager
async def keep(path: Path | None) -> AsyncIterator[Journal]:
    """Yield a journal in a file, or in memory; an unusable file is put aside, for a journal never stops the work."""
    journal = Journal(_open(path))
    writer = asyncio.ensure_future(journal.run())
    try:
        yield journal
    finally:
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
        await journal.flush()
        journal.close()


def _open(path: Path | None) -> Store:
    if path is None:
        return Store(":memory:")
    try:
        return Store(path)
    except (sqlite3.Error, OSError) as error:
        log.warning("the journal %s cannot be used (%s): keeping it in memory until the emulator stops", path, error)
        return Store(":memory:")
