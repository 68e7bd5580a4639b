"""The journal's two ends: notes that nobody waits for, and questions that see all of them."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from emulator import flushing
from emulator.journal import journal as owner
from emulator.journal.entries import Kind
from emulator.journal.journal import Journal, JournalOffError, keep
from emulator.journal.related import related
from tests.unit.emulator.journal.requests import TRACE, line, through_both

T = TypeVar("T")


def with_journal(path: Path | None, act: Callable[[Journal], Awaitable[T]], *, off: bool = False) -> T:
    async def run() -> T:
        async with keep(path, off=off) as journal:
            return await act(journal)

    return asyncio.run(run())


async def note_all(journal: Journal) -> None:
    for entry in through_both():
        journal.note(entry)


async def found(journal: Journal) -> int:
    return len(await journal.ask(lambda store: related(store, TRACE).entries))


def test_a_question_sees_what_was_noted_a_moment_before() -> None:
    async def act(journal: Journal) -> int:
        await note_all(journal)
        return await found(journal)

    assert with_journal(None, act) > 0


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with_journal(path, note_all)
    assert with_journal(path, found) > 0


def test_what_is_written_by_itself_needs_no_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flushing, "FLUSH_S", 0.0)
    path = tmp_path / "journal.sqlite"

    async def act(journal: Journal) -> int:
        await note_all(journal)
        with sqlite3.connect(path) as other:
            while not (count := other.execute("SELECT count(*) FROM entries").fetchone()[0]):
                await asyncio.sleep(0)
        other.close()
        return count

    assert with_journal(path, act) == len(through_both())


def test_a_journal_that_is_off_keeps_and_counts_nothing() -> None:
    async def act(journal: Journal) -> bytes:
        await note_all(journal)
        journal.line(line(1, "x"))
        with pytest.raises(JournalOffError, match="--no-journal"):
            await journal.ask(lambda _: None)
        return journal.counters.exposition({}, {})

    assert b'function="front"' not in with_journal(None, act, off=True)


def test_a_slow_disk_costs_notes_not_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "PENDING", 5)

    async def act(journal: Journal) -> tuple[int, int]:
        await note_all(journal)
        return await found(journal), journal.dropped

    kept, dropped = with_journal(None, act)
    assert 0 < kept <= 5
    assert dropped == len(through_both()) - 5


def test_an_error_of_the_disk_loses_notes_and_says_so_once_and_when_it_is_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal.sqlite"

    async def act(journal: Journal) -> tuple[int, list[Kind]]:
        await note_all(journal)
        with sqlite3.connect(path) as other:
            other.execute("ALTER TABLE entries RENAME TO hidden")
        await journal.flush()
        await note_all(journal)
        await journal.flush()
        with other:
            other.execute("ALTER TABLE hidden RENAME TO entries")
        other.close()
        await note_all(journal)
        return journal.dropped, [entry.kind for entry in await journal.ask(lambda store: store.recent(Kind.DELETED))]

    dropped, kinds = with_journal(path, act)
    assert dropped == 2 * len(through_both())
    assert len(kinds) == 2
    first, last = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert first.startswith("the journal cannot be written (no such table: "), "one line, however often it fails"
    assert last == f"the journal can be written again; {dropped} of its notes are lost"
