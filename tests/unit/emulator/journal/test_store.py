"""The journal's file: what is found again, after a crash as well, and how large it gets."""

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.journal import store as owner
from emulator.journal.entries import Kind
from emulator.journal.journal import open_store
from emulator.journal.related import related
from emulator.journal.store import MEMORY, JournalStore, LineFilter
from emulator.journal.traces import TraceQuery, latest_traces
from tests.unit.emulator.journal.requests import OTHER, TRACE, call, line, step, through_both, url


@pytest.fixture
def store() -> Iterator[JournalStore]:
    store = JournalStore(MEMORY)
    yield store
    store.close()


LINES = [
    line(20, '{"request_id": "photo-1"}', request="url", name="photo-1", trace_id=TRACE),
    line(21, "REPORT RequestId: url", request="url"),
    line(160, '{"request_id": "photo-1"}', request="batch", name="photo-1", trace_id=TRACE, message_id="m1"),
    line(161, '{"request_id": "photo-2"}', request="batch", name="photo-2", trace_id=OTHER, message_id="m2"),
    line(170, "somebody mentions photo-1 in passing", request="else"),
    line(180, "REPORT RequestId: batch", request="batch", is_error=True),
]


@pytest.mark.parametrize("identifier", ["photo-1", TRACE, f"Root={TRACE};Sampled=0", "m1", "m9", "url"])
def test_a_request_is_found_by_any_of_its_ids_without_its_neighbours(store: JournalStore, identifier: str) -> None:
    store.write(through_both(), LINES)
    found = related(store, identifier)
    assert {entry.message_id for entry in found.entries} == {"", "m1", "m9"}
    assert {entry.request_id for entry in found.entries} == {"url", "batch", ""}
    assert found.names == ("photo-1",)
    texts = [one.text for one in found.lines]
    assert texts.count('{"request_id": "photo-1"}') == 2
    assert '{"request_id": "photo-2"}' not in texts
    assert "REPORT RequestId: batch" in texts


def test_entries_are_in_order_of_time(store: JournalStore) -> None:
    store.write(through_both()[::-1], [])
    times = [entry.at_ms for entry in related(store, TRACE).entries]
    assert times == sorted(times)


@pytest.mark.parametrize("identifier", ["photo-7", "m1"])
def test_a_message_without_a_trace_is_found_by_what_its_failure_told(store: JournalStore, identifier: str) -> None:
    steps = [
        step(Kind.RECEIVED, 1, "m1", sent_ms=0, receive_count=1),
        step(Kind.BATCHED, 2, "m1", request="r"),
        step(Kind.BATCHED, 2, "m2", request="r"),
        *call("r", 3, 9, outcome="crash", reason="gone"),
        step(Kind.DEAD_LETTERED, 10, "m1", request="r", name="photo-7", reason="gone"),
        step(Kind.DEAD_LETTERED, 10, "m2", request="r", name="photo-8", reason="gone"),
    ]
    store.write(steps, [])
    found = related(store, identifier)
    assert {entry.message_id for entry in found.entries} == {"", "m1"}
    assert found.names == ("photo-7",)
    assert Kind.ENDED in {entry.kind for entry in found.entries}


def test_nothing_is_known_of_a_stranger(store: JournalStore) -> None:
    store.write(through_both(), LINES)
    assert related(store, "nobody").entries == ()


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (LineFilter(), [1, 2, 3, 4, 5, 6]),
        (LineFilter(function="nobody"), []),
        (LineFilter(name="photo-1"), [1, 2, 3, 5, 6]),
        (LineFilter(name="url"), [1, 2]),
        (LineFilter(name="photo-1", errors=True), [6]),
        (LineFilter(since_ms=165), [5, 6]),
        (LineFilter(after=4), [5, 6]),
        (LineFilter(limit=2), [5, 6]),
    ],
)
def test_lines_are_filtered(store: JournalStore, wanted: LineFilter, rows: list[int]) -> None:
    store.write([], LINES)
    assert [row for row, _ in store.lines(wanted)] == rows


def test_the_latest_the_slowest_and_the_failed(store: JournalStore) -> None:
    third = "1-00000003-cccccccccccccccccccccccc"
    quick = [*url(1_000, 1_001, 200, trace=OTHER)]
    refused = [*url(2_000, 2_002, 502, trace=third, reason="no"), *url(2_003, 2_005, 502, trace=third, reason="no")]
    store.write([*through_both()[:4], *quick, *refused], [])
    assert [row["identifier"] for row in latest_traces(store, TraceQuery(9))] == [third, OTHER, TRACE]
    assert [row["identifier"] for row in latest_traces(store, TraceQuery(2, slowest=True))] == [TRACE, third]
    (row,) = latest_traces(store, TraceQuery(9, failed=True))
    assert (row["identifier"], row["why"]) == (third, "502 no")
    assert [row["identifier"] for row in latest_traces(store, TraceQuery(9, since_ms=1_500))] == [third]


def test_the_oldest_message_is_one_that_is_not_settled(store: JournalStore) -> None:
    steps = [step(Kind.RECEIVED, at, f"m{at}", sent_ms=at - 1, receive_count=1) for at in (10, 20, 30)]
    store.write([*steps, step(Kind.DELETED, 40, "m10")], [])
    assert store.oldest_sent_ms() == {"jobs": 19}


def test_everything_is_there_after_an_end_without_a_goodbye(tmp_path: Path) -> None:
    path = tmp_path / "folder/journal.sqlite"
    first = JournalStore(path)
    first.write(through_both(), LINES)
    again = JournalStore(path)  # the first was never closed, as after a SIGKILL
    assert len(related(again, "photo-1").entries) == len(related(first, "photo-1").entries) > 0
    first.close()
    again.close()


def test_the_file_is_bounded_and_the_oldest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "SIZE_CHECK_ROWS", 100)
    path, bound = tmp_path / "journal.sqlite", 1 << 20
    store = JournalStore(path, maximum_bytes=bound)
    for number in range(60):
        lines = [line(number, "x" * 1_000, request=f"{number}-{i}", name=f"{number}-{i}") for i in range(100)]
        store.write([], lines)
    kept = [row for row, _ in store.lines(LineFilter())]
    assert 100 < len(kept) < 2_000
    assert max(kept) == 6_000
    assert path.stat().st_size < bound * 1.5
    store.close()


def test_a_long_line_is_cut_and_half_a_character_replaced(store: JournalStore) -> None:
    store.write([step(Kind.RECEIVED, 1, "m\ud800")], [line(1, "x" * 10_000), line(2, "\udcff", name="\ud83d")])
    (_, first), (_, second) = store.lines(LineFilter())
    assert len(first.text) == owner.TEXT_CHARACTERS
    assert second.text == "?"


def test_only_its_owner_may_read_the_journal(tmp_path: Path) -> None:
    """Requests, lines and, if asked for, payloads are in it; also one that was open to everybody before."""
    path = tmp_path / "journal.sqlite"
    path.touch(mode=0o644)
    store = JournalStore(path)
    store.write(through_both(), LINES)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    store.close()
    assert set(modes) >= {"journal.sqlite", "journal.sqlite-wal"}
    assert set(modes.values()) == {0o600}, modes


def test_a_damaged_file_is_put_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"this is no database" * 500)
    store = open_store(path)
    store.write(through_both(), [])
    store.close()
    assert (tmp_path / "journal.sqlite.damaged").exists()
    assert "damaged" in caplog.text
    again = open_store(path)
    assert related(again, TRACE).entries
    again.close()


def test_a_file_of_another_version_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    open_store(path).close()
    assert (tmp_path / "journal.sqlite.damaged").exists()


def test_where_nothing_can_be_written_the_journal_is_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    store = open_store(tmp_path / "file/journal.sqlite")
    store.write(through_both(), [])
    assert related(store, TRACE).entries
    assert "in memory" in caplog.text
    store.close()
