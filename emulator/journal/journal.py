"""Collects entries and lines in memory, and writes them in the background, so that nothing waits for the disk."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from emulator.events import MessageSent
from emulator.failing_writes import FailingWrites
from emulator.file_lock import FileInUseError, lock_beside
from emulator.flushing import flushed_regularly
from emulator.journal.counters import Counters
from emulator.journal.entries import Entry, Line
from emulator.journal.store import MEMORY, MEMORY_BYTES, JournalStore

log = logging.getLogger(__name__)

PENDING = 50_000  #: entries or lines waiting for a slow disk; above this, new ones are dropped and counted

T = TypeVar("T")


class JournalOffError(RuntimeError):
    """The journal is off and cannot answer."""


class Journal:
    """A journal, opened by `keep`. Without a store it is off."""

    def __init__(self, store: JournalStore | None) -> None:
        self.counters = Counters()
        self._failing = FailingWrites("the journal", "its notes")
        self.listeners: set[Callable[[Entry | MessageSent], None]] = set()  #: are called with each entry
        self._store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._entries: list[Entry] = []
        self._lines: list[Line] = []

    @property
    def is_on(self) -> bool:
        """Whether entries and lines are kept."""
        return self._store is not None

    @property
    def dropped(self) -> int:
        """How many entries and lines are lost: the disk was full, or too slow."""
        return self._failing.lost

    def note(self, entry: Entry) -> None:
        """Add an entry."""
        if self._store:
            self.counters.count(entry)
            for listener in self.listeners:
                listener(entry)
            self._add(self._entries, entry)

    def announce(self, sent: MessageSent) -> None:
        """Tell the listeners of a sent message, which is no entry."""
        for listener in self.listeners:
            listener(sent)

    def line(self, line: Line) -> None:
        """Add a line of output."""
        if self._store:
            self._add(self._lines, line)

    async def ask(self, question: Callable[[JournalStore], T]) -> T:
        """Query the store, including everything added so far; `JournalOffError` if the journal is off."""
        if self._store is None:
            raise JournalOffError("the journal is switched off: start without --no-journal, or FACEPIPE_JOURNAL=off")
        await self.flush()
        return await asyncio.get_running_loop().run_in_executor(self._thread, question, self._store)

    async def flush(self) -> None:
        """Write what is in memory; after an error, drop that, and log the first error of several."""
        entries, lines = self._entries, self._lines
        if self._store is None or not (entries or lines):
            return
        self._entries, self._lines = [], []
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._store.write, entries, lines)
        except sqlite3.Error as error:
            self._failing.failed(error, len(entries) + len(lines))
        else:
            self._failing.succeeded()

    def close(self) -> None:
        """Stop the writing thread and close the file."""
        self._thread.shutdown()
        if self._store:
            self._store.close()

    def _add(self, notes: list[T], note: T) -> None:
        if len(notes) < PENDING:
            notes.append(note)
        else:
            self._failing.lost += 1


@contextlib.asynccontextmanager
async def keep(path: Path | None, *, off: bool = False) -> AsyncIterator[Journal]:
    """Open a journal in a file, or in memory without a path; with `off` it keeps nothing.

    While another emulator writes the file, the journal is in memory.
    """
    with contextlib.ExitStack() as lock:
        path = None if off or path is None else _locked(path, lock)
        journal = Journal(None if off else open_store(path))
        with contextlib.closing(journal):
            async with flushed_regularly(journal.flush):
                yield journal


def _locked(path: Path, lock: contextlib.ExitStack) -> Path | None:
    """Lock the file until `lock` is closed; return None if another emulator has it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.enter_context(lock_beside(path))
    except FileInUseError as error:
        cure = "give this one a file of its own with --journal FILE"
        log.warning("the journal %s; this one is kept in memory until the emulator stops: %s", error, cure)
        return None
    except OSError:
        return path  # it cannot be locked or written, which opening it says
    return path


def open_store(path: Path | None) -> JournalStore:
    """Open the file. A damaged file is renamed; if no file can be opened, the journal is in memory."""
    if path is None:
        return JournalStore(MEMORY, maximum_bytes=MEMORY_BYTES)
    try:
        try:
            return JournalStore(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked or read-only: the file is not damaged
                raise
            aside = path.with_name(f"{path.name}.damaged")
            log.warning("the journal %s is damaged (%s) and was renamed to %s", path, error, aside.name)
            path.replace(aside)
            return JournalStore(path)
    except (sqlite3.Error, OSError) as error:
        log.warning("the journal %s cannot be used (%s); it is kept in memory until the emulator stops", path, error)
        return JournalStore(MEMORY, maximum_bytes=MEMORY_BYTES)
