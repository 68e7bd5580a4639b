"""The journal on disk: SQLite, bounded, used by one thread only."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.journal.entries import Entry, Kind, Line, trace_root

MAXIMUM_ROWS = 200_000  #: of entries, and of lines; the oldest go first
TRIM_EVERY = 2_000  #: rows written between two looks at the bound
TEXT_CHARACTERS = 4_096  #: of a line that are kept

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY, at_ms REAL, kind TEXT, function TEXT, request_id TEXT, trace_id TEXT, message_id TEXT,
    environment TEXT, detail TEXT);
CREATE INDEX IF NOT EXISTS entries_request ON entries (request_id);
CREATE INDEX IF NOT EXISTS entries_trace ON entries (trace_id);
CREATE INDEX IF NOT EXISTS entries_message ON entries (message_id);
CREATE INDEX IF NOT EXISTS entries_time ON entries (kind, at_ms);
CREATE TABLE IF NOT EXISTS lines (
    id INTEGER PRIMARY KEY, at_ms REAL, function TEXT, stream TEXT, request_id TEXT, text TEXT, is_error INTEGER);
CREATE INDEX IF NOT EXISTS lines_request ON lines (request_id);
CREATE INDEX IF NOT EXISTS lines_time ON lines (at_ms);
CREATE TABLE IF NOT EXISTS names (
    id INTEGER PRIMARY KEY, name TEXT, request_id TEXT, trace_id TEXT, UNIQUE (name, request_id, trace_id));
"""
_ENTRY = "at_ms, kind, function, request_id, trace_id, message_id, environment, detail"
_LINE = "at_ms, function, stream, request_id, text, is_error"


@dataclass(frozen=True, slots=True)
class Name:
    """What the application calls a request, told by its log lines or by a client: its own `request_id`."""

    name: str
    request_id: str = ""  #: Lambda's
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines to return; what is empty does not filter."""

    function: str = ""
    name: str = ""  #: the application's or Lambda's request id
    errors: bool = False
    since_ms: float = 0.0
    after: int = 0  #: row id of the last line already seen
    limit: int = 10_000


class Store:
    """Reads and writes the journal's file; `:memory:` keeps it in memory. `sqlite3.Error` when it cannot."""

    def __init__(self, path: Path | str) -> None:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self._written = 0

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def write(self, entries: Sequence[Entry], lines: Sequence[Line], names: Sequence[Name]) -> None:
        """Add rows in one transaction."""
        with self._db:
            self._db.executemany(
                f"INSERT INTO entries ({_ENTRY}) VALUES (?,?,?,?,?,?,?,?)",
                [_row(entry) for entry in entries],
            )
            self._db.executemany(
                f"INSERT INTO lines ({_LINE}) VALUES (?,?,?,?,?,?)",
                [
                    (one.at_ms, one.function, one.stream, one.request_id, one.text[:TEXT_CHARACTERS], one.is_error)
                    for one in lines
                ],
            )
            self._db.executemany(
                "INSERT OR IGNORE INTO names (name, request_id, trace_id) VALUES (?,?,?)",
                [(n.name, n.request_id, n.trace_id) for n in names],
            )
            self._written += len(entries) + len(lines)
            if self._written >= TRIM_EVERY:
                self._written = 0
                for table in ("entries", "lines", "names"):
                    oldest = f"(SELECT max(id) FROM {table}) - {MAXIMUM_ROWS}"
                    self._db.execute(f"DELETE FROM {table} WHERE id <= {oldest}")

    def of_request(self, identifier: str) -> list[Entry]:
        """Return all entries that belong to a request, by the application's id, Lambda's, a trace's or a message's.

        Other requests may have shared an invocation with it, in one batch: what is theirs alone is left out.
        """
        traces = self._traces(identifier)
        messages = {identifier} | self._column_of("message_id", "trace_id", traces)
        requests = {identifier} | self._column("SELECT request_id FROM names WHERE name = ?", [identifier])
        if traces:
            requests = self._column_of("request_id", "trace_id", traces)
        requests |= self._column_of("request_id", "message_id", messages)
        found = self._entries("trace_id", traces) | self._entries("message_id", messages)
        for row, entry in self._entries("request_id", requests).items():
            if entry.message_id in ("", *messages) or not traces:
                found[row] = entry
        return [found[row] for row in sorted(found, key=lambda row: (found[row].at_ms, row))]

    def _traces(self, identifier: str) -> set[str]:
        """Return the traces that an identifier means: what its name says, else those of its invocation or message."""
        root = trace_root(identifier) or identifier
        if self._entries("trace_id", {root}):
            return {root}
        named = self._column("SELECT trace_id FROM names WHERE name = ?", [identifier])
        return named or self._column(
            "SELECT trace_id FROM entries WHERE request_id = ? OR message_id = ?", [identifier, identifier]
        )

    def recent(self, kind: Kind, *, since_ms: float = 0.0, limit: int = 10_000) -> list[Entry]:
        """Return the latest entries of a kind, oldest first."""
        query = f"SELECT {_ENTRY} FROM entries WHERE kind = ? AND at_ms >= ? ORDER BY at_ms DESC, id DESC LIMIT ?"
        return [_entry(row) for row in self._db.execute(query, (kind.value, since_ms, limit))][::-1]

    def names_of(self, request_id: str, trace_id: str) -> list[str]:
        """Return what the application calls an invocation's or trace's requests."""
        query = "SELECT DISTINCT name FROM names WHERE request_id = ? OR (trace_id != '' AND trace_id = ?) ORDER BY id"
        return [str(name) for (name,) in self._db.execute(query, (request_id, trace_id))]

    def lines(self, wanted: LineFilter) -> list[tuple[int, Line]]:
        """Return lines with their row ids, the latest `limit` of them, oldest first."""
        where: list[str] = ["id > ?", "at_ms >= ?"]
        values: list[object] = [wanted.after, wanted.since_ms]
        if wanted.function:
            where.append("function = ?")
            values.append(wanted.function)
        if wanted.errors:
            where.append("is_error")
        if wanted.name:
            where.append(
                "(request_id = ? OR instr(text, ?) > 0 OR (request_id IN (SELECT request_id FROM names WHERE name = ?)"
                " AND (text LIKE 'START %' OR text LIKE 'END %' OR text LIKE 'REPORT %' OR is_error)))"
            )
            values += [wanted.name] * 3
        query = f"SELECT id, {_LINE} FROM lines WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"
        rows = self._db.execute(query, (*values, wanted.limit)).fetchall()
        return [(row[0], Line(row[1], row[2], row[3], row[4], row[5], bool(row[6]))) for row in reversed(rows)]

    def _entries(self, column: str, values: set[str]) -> dict[int, Entry]:
        found = {}
        for value in values - {""}:
            for row in self._db.execute(f"SELECT id, {_ENTRY} FROM entries WHERE {column} = ?", (value,)):
                found[int(row[0])] = _entry(row[1:])
        return found

    def _column_of(self, column: str, key: str, values: set[str]) -> set[str]:
        return {
            found
            for value in values - {""}
            for found in self._column(f"SELECT DISTINCT {column} FROM entries WHERE {key} = ?", [value])
        }

    def _column(self, query: str, values: Sequence[str]) -> set[str]:
        return {str(row[0]) for row in self._db.execute(query, values) if row[0]}


def _row(entry: Entry) -> tuple[object, ...]:
    where = (entry.function, entry.request_id, entry.trace_id, entry.message_id, entry.environment)
    return (entry.at_ms, entry.kind.value, *where, json.dumps(entry.detail))


def _entry(row: Sequence[Any]) -> Entry:
    at_ms, kind, function, request_id, trace_id, message_id, environment, detail = row
    return Entry(Kind(kind), at_ms, function, request_id, trace_id, message_id, environment, json.loads(detail))
