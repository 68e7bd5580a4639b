"""The journal's SQLite database, with a size limit; only one thread writes and reads it."""

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emulator.journal.entries import Entry, Kind, Line
from emulator.private_database import make_private

MAXIMUM_BYTES = 256 << 20  #: of the file; the oldest rows are deleted first
MEMORY, MEMORY_BYTES = ":memory:", 64 << 20
SIZE_CHECK_ROWS = 2_000  #: rows between two checks of the size
TEXT_CHARACTERS = 4_096  #: kept of a line
VERSION = 1  #: of the schema

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY, at_ms REAL, kind TEXT, function TEXT, request_id TEXT, trace_id TEXT, message_id TEXT,
    environment TEXT, detail TEXT);
CREATE INDEX IF NOT EXISTS entries_request ON entries (request_id);
CREATE INDEX IF NOT EXISTS entries_trace ON entries (trace_id);
CREATE INDEX IF NOT EXISTS entries_message ON entries (message_id);
CREATE INDEX IF NOT EXISTS entries_time ON entries (kind, at_ms);
CREATE TABLE IF NOT EXISTS lines (
    id INTEGER PRIMARY KEY, at_ms REAL, function TEXT, stream TEXT, request_id TEXT, text TEXT, is_error INTEGER,
    name TEXT);
CREATE INDEX IF NOT EXISTS lines_request ON lines (request_id);
CREATE INDEX IF NOT EXISTS lines_name ON lines (name);
CREATE INDEX IF NOT EXISTS lines_time ON lines (at_ms);
CREATE TABLE IF NOT EXISTS names (
    id INTEGER PRIMARY KEY, name TEXT, request_id TEXT, trace_id TEXT, message_id TEXT,
    UNIQUE (name, request_id, trace_id, message_id));
CREATE INDEX IF NOT EXISTS names_request ON names (request_id);
CREATE INDEX IF NOT EXISTS names_trace ON names (trace_id);
CREATE INDEX IF NOT EXISTS names_message ON names (message_id);
"""
_ENTRY = "at_ms, kind, function, request_id, trace_id, message_id, environment, detail"
#: the application's request_id in an entry that begins a request, or that is about a message
_NAME = (
    "CASE WHEN message_id != '' THEN (SELECT name FROM names WHERE message_id = entries.message_id LIMIT 1)"
    f" WHEN kind = '{Kind.ACCEPTED.value}' THEN (SELECT name FROM names WHERE trace_id = entries.trace_id"
    " AND request_id = entries.request_id LIMIT 1) END"
)
_LINE = "at_ms, function, stream, request_id, text, is_error, name"

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Selects lines; empty fields do not filter."""

    function: str = ""
    name: str = ""  #: the application's or Lambda's request id, or any text in the line
    errors: bool = False
    since_ms: float = 0.0
    after: int = 0  #: row id of the last line that the client has
    limit: int = 10_000


@dataclass(frozen=True, slots=True)
class Named:
    """The ids in a step or line that has the application's request_id; missing ids are empty."""

    request_id: str
    trace_id: str
    message_id: str


class JournalStore:
    """Reads and writes the database, in memory with the path `:memory:`; errors are `sqlite3.Error`."""

    def __init__(self, path: Path | str, *, maximum_bytes: int = MAXIMUM_BYTES, read_only: bool = False) -> None:
        if read_only:  # it may be in use; nothing of it is changed
            self._db = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
            return
        if path != MEMORY:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(OSError):  # what is wrong with the path, SQLite says
                make_private(Path(path))
        unclean = Path(f"{path}-wal").exists()  # it was not closed properly: check all of it
        self._maximum_bytes = maximum_bytes
        self._written = 0
        self._db = sqlite3.connect(path, check_same_thread=False)
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            if self._pragma("user_version") not in (0, VERSION):
                raise sqlite3.DatabaseError("it was written by another version")
            if unclean and self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("its pages are inconsistent")
            self._db.executescript(_SCHEMA)
            self._db.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.Error:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def write(self, entries: Sequence[Entry], lines: Sequence[Line]) -> None:
        """Add rows, with the request_ids in them, in one transaction."""
        with self._db:
            self._insert("entries", _ENTRY, (_entry_row(entry) for entry in entries))
            self._insert("lines", _LINE, (_line_row(line) for line in lines))
            notes: tuple[Entry | Line, ...] = (*entries, *lines)
            named = (note for note in notes if note.name)
            rows = ((note.name, note.request_id, note.trace_id, note.message_id) for note in named)
            self._insert("names", "name, request_id, trace_id, message_id", rows)
        self._written += len(entries) + len(lines)
        if self._written >= SIZE_CHECK_ROWS:
            self._written = 0
            self._trim()

    def entries(self, column: str, values: Iterable[str]) -> dict[int, Entry]:
        """Return the entries with one of these values in a column, by row id."""
        query = f"SELECT id, {_ENTRY} FROM entries WHERE {column} = ?"
        return {
            int(row[0]): _entry(row[1:]) for value in set(values) - {""} for row in self._db.execute(query, (value,))
        }

    def column(self, column: str, table: str, key: str, values: Iterable[str]) -> set[str]:
        """Return the non-empty values of `column` in rows whose column `key` has one of these values."""
        query = f"SELECT DISTINCT {column} FROM {table} WHERE {key} = ? AND {column} != ''"
        return {str(found) for value in set(values) - {""} for (found,) in self._db.execute(query, (value,))}

    def named(self, names: Iterable[str]) -> list[Named]:
        """Return the ids of everything with one of these request_ids."""
        query = "SELECT request_id, trace_id, message_id FROM names WHERE name = ?"
        return [Named(*row) for name in set(names) - {""} for row in self._db.execute(query, (name,))]

    def recent(self, kind: Kind, *, since_ms: float = 0.0, limit: int = 10_000) -> list[Entry]:
        """Return the latest entries of a kind, newest first."""
        query = f"SELECT {_ENTRY} FROM entries WHERE kind = ? AND at_ms >= ? ORDER BY at_ms DESC, id DESC LIMIT ?"
        return [_entry(row) for row in self._db.execute(query, (kind.value, since_ms, limit))]

    def first_ms(self) -> float:
        """Return when the oldest entry was made, in milliseconds since 1970; 0 if there is none."""
        row = self._db.execute("SELECT at_ms FROM entries ORDER BY id LIMIT 1").fetchone()
        return float(row[0]) if row else 0.0

    def latest_entries(self, limit: int, before: int) -> list[tuple[int, Entry]]:
        """Return the latest entries with lower row ids than `before`, oldest first, with their row ids and names."""
        query = f"SELECT id, {_NAME}, {_ENTRY} FROM entries WHERE id < ? ORDER BY id DESC LIMIT ?"
        rows = self._db.execute(query, (before, limit)).fetchall()
        return [(int(row[0]), replace(_entry(row[2:]), name=row[1] or "")) for row in reversed(rows)]

    def oldest_sent_ms(self) -> dict[str, float]:
        """Return, by queue, when the oldest message was sent that was received and not settled since."""
        query = (
            "SELECT json_extract(detail, '$.queue'), min(json_extract(detail, '$.sent_ms')) FROM entries AS one"
            " WHERE kind = ? AND NOT EXISTS (SELECT 1 FROM entries WHERE message_id = one.message_id"
            " AND kind IN (?, ?, ?)) GROUP BY 1"
        )
        kinds = (Kind.RECEIVED, Kind.DELETED, Kind.FILTERED, Kind.DEAD_LETTERED)
        rows = self._db.execute(query, [kind.value for kind in kinds])
        return {str(queue): float(sent_ms) for queue, sent_ms in rows if sent_ms}

    def lines(self, wanted: LineFilter) -> list[tuple[int, Line]]:
        """Return the latest `limit` lines with their row ids, oldest first.

        A request id selects lines about it, lines that mention it, and Lambda's lines about its invocations.
        """
        where: list[str] = ["id > ?", "at_ms >= ?"]
        values: list[object] = [wanted.after, wanted.since_ms]
        if wanted.function:
            where.append("function = ?")
            values.append(wanted.function)
        if wanted.errors:
            where.append("is_error")
        if wanted.name:
            where.append(
                "(name = ? OR request_id = ? OR (name = '' AND instr(text, ?) > 0) OR (name = '' AND request_id IN"
                " (SELECT request_id FROM names WHERE name = ? AND request_id != '')))"
            )
            values += [wanted.name] * 4
        query = f"SELECT id, {_LINE} FROM lines WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"
        rows = self._db.execute(query, (*values, wanted.limit)).fetchall()
        return [(int(row[0]), read_line(row[1:])) for row in reversed(rows)]

    def read(self, query: str, values: Sequence[object]) -> list[Sequence[str]]:
        """Return the rows of a query that changes nothing."""
        return self._db.execute(query, values).fetchall()

    def _insert(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        marks = ",".join("?" * (columns.count(",") + 1))
        safe = (tuple(_storable(value) for value in row) for row in rows)
        self._db.executemany(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", safe)

    def _trim(self) -> None:
        """Delete the oldest tenth of all rows until the rest is within the limit; SQLite reuses the space."""
        while (self._pragma("page_count") - self._pragma("freelist_count")) * self._page_bytes > self._maximum_bytes:
            with self._db:
                for table in ("entries", "lines", "names"):
                    low, high = self._db.execute(f"SELECT min(id), max(id) FROM {table}").fetchone()
                    if low is not None:
                        self._db.execute(f"DELETE FROM {table} WHERE id <= ?", (low + (high - low) // 10,))

    @property
    def _page_bytes(self) -> int:
        return self._pragma("page_size")

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])


def _storable(value: object) -> object:
    """Return a value that SQLite accepts: JSON can contain half a surrogate pair, which UTF-8 cannot."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) and not value.isascii() else value


def _entry_row(entry: Entry) -> Row:
    where = (entry.function, entry.request_id, entry.trace_id, entry.message_id, entry.environment)
    return (entry.at_ms, entry.kind.value, *where, json.dumps(entry.detail))


def _line_row(line: Line) -> Row:
    text = line.text[:TEXT_CHARACTERS]
    return (line.at_ms, line.function, line.stream, line.request_id, text, line.is_error, line.name)


def read_line(row: Sequence[str]) -> Line:
    """Return the line in a row of the table `lines`, without its id."""
    at_ms, function, stream, request_id, text, is_error, name = row
    return Line(float(at_ms), function, stream, request_id, text, is_error=bool(is_error), name=name)


def _entry(row: Sequence[str]) -> Entry:
    at_ms, kind, function, request_id, trace_id, message_id, environment, detail = row
    return Entry(
        Kind(kind),
        float(at_ms),
        function=function,
        request_id=request_id,
        trace_id=trace_id,
        message_id=message_id,
        environment=environment,
        detail=json.loads(detail),
    )
