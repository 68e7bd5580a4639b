"""The journal's lines by log stream, as CloudWatch Logs shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from emulator.journal.entries import Line
from emulator.journal.output import NO_STREAM
from emulator.journal.store import JournalStore, read_line

COLUMNS = "id, at_ms, function, stream, request_id, text, is_error, name"


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """A log stream, and when its first and its last line were written, in milliseconds since 1970."""

    name: str
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class StreamSelection:
    """Selects lines of some functions; empty fields do not select."""

    functions: Sequence[str]
    streams: Sequence[str] = ()
    prefix: str = ""  #: of the streams' names
    since_ms: int = 0
    until_ms: int | None = None  #: lines before this time
    after: int = 0  #: lines with higher row ids
    before: int | None = None  #: lines with lower row ids
    limit: int = 10_000


def streams(store: JournalStore, functions: Sequence[str]) -> list[StreamSummary]:
    """Return the log streams of some functions, by name. Refused calls have none, as on AWS."""
    query = (
        f"SELECT stream, min(at_ms), max(at_ms) FROM lines WHERE function IN ({_marks(functions)})"
        " AND stream != ? GROUP BY stream ORDER BY stream"
    )
    rows = store.read(query, (*functions, NO_STREAM))
    return [StreamSummary(str(name), int(float(first)), int(float(last))) for name, first, last in rows]


def stream_lines(store: JournalStore, wanted: StreamSelection, *, latest: bool = False) -> list[tuple[int, Line]]:
    """Return the first lines of a selection, or with `latest` the last, each with its row id, oldest first."""
    where = [f"function IN ({_marks(wanted.functions)})", "stream != ?", "at_ms >= ?", "id > ?"]
    values: list[object] = [*wanted.functions, NO_STREAM, wanted.since_ms, wanted.after]
    if wanted.until_ms is not None:
        where.append("at_ms < ?")
        values.append(wanted.until_ms)
    if wanted.before is not None:
        where.append("id < ?")
        values.append(wanted.before)
    if wanted.streams:
        where.append(f"stream IN ({_marks(wanted.streams)})")
        values += wanted.streams
    if wanted.prefix:
        where.append("substr(stream, 1, ?) = ?")
        values += [len(wanted.prefix), wanted.prefix]
    order = "DESC" if latest else "ASC"
    query = f"SELECT {COLUMNS} FROM lines WHERE {' AND '.join(where)} ORDER BY id {order} LIMIT ?"
    rows = store.read(query, (*values, wanted.limit))
    return [(int(row[0]), read_line(row[1:])) for row in (reversed(rows) if latest else rows)]


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))
