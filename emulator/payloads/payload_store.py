"""The kept payloads in SQLite, within a limit of bytes and of age; only one thread writes and reads it."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from emulator.private_database import make_private

MEMORY = ":memory:"
MAXIMUM_BYTES = 256 << 20  #: of all payloads together; the oldest are deleted first
MAXIMUM_AGE_S = 24 * 3600.0
AGE_LOOK_S = 600.0  #: between looks for what is too old
SHORT_BYTES = 2_000  #: the body of a message up to this size is part of its summary: it may be a result
PAGE_BYTES = 16 << 10  #: of a new file; a payload of a photo takes some six pages
ROW_BYTES = 400  #: that one payload takes besides its body and attributes: many tiny ones count as well
_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS payloads (
    id INTEGER PRIMARY KEY, at_ms REAL, role TEXT, place TEXT, key TEXT, trace_id TEXT, name TEXT, attributes TEXT,
    size INTEGER, body BLOB);
CREATE INDEX IF NOT EXISTS payloads_key ON payloads (key);
CREATE INDEX IF NOT EXISTS payloads_trace ON payloads (trace_id);
CREATE INDEX IF NOT EXISTS payloads_name ON payloads (name);
"""
_TAKEN = f"size + length(attributes) + {ROW_BYTES}"  #: bytes of a row
_TEXT = f"CASE WHEN role = 'message' AND size <= {SHORT_BYTES} THEN body ELSE x'' END"
_COLUMNS = "at_ms, role, place, key, trace_id, name, attributes"


class PayloadRole(Enum):
    """What a payload was."""

    EVENT = "event"  #: what a function was given
    ANSWER = "answer"  #: what a function returned, or its error
    MESSAGE = "message"  #: the body of a message that was sent to a queue


@dataclass(frozen=True, slots=True)
class KeptPayload:
    """One payload."""

    role: PayloadRole
    place: str  #: the function's name, or the queue's
    key: str  #: the invocation's request id, or the message's id
    body: bytes
    trace_id: str = ""  #: the root of its X-Ray trace header
    name: str = ""  #: the application's request_id
    attributes: Mapping[str, str] = field(default_factory=dict)  #: a message's own attributes, as text
    at_ms: float = field(default_factory=lambda: time.time() * 1000)

    @property
    def memory_bytes(self) -> int:
        """What it takes in memory, about."""
        return ROW_BYTES + len(self.body) + sum(len(name) + len(text) for name, text in self.attributes.items())


@dataclass(frozen=True, slots=True)
class PayloadSummary:
    """One payload without its body, except that of a short message."""

    id: int
    at_ms: float
    role: str
    place: str
    key: str
    trace_id: str
    name: str
    size: int
    attributes: Mapping[str, str]
    text: str = ""  #: the body of a short message


class PayloadStore:
    """Reads and writes the database; errors are `sqlite3.Error`."""

    def __init__(self, path: Path | str, *, maximum_bytes: int = MAXIMUM_BYTES) -> None:
        if path != MEMORY:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            make_private(Path(path))
        self._maximum_bytes = maximum_bytes
        self._db = sqlite3.connect(path, check_same_thread=False)
        try:
            self._prepare()
            self._bytes = self._count()
            self._trim()
        except sqlite3.Error:
            self._db.close()
            raise

    def _prepare(self) -> None:
        with contextlib.closing(self._db.execute("PRAGMA user_version")) as found:
            if found.fetchone()[0] not in (0, _VERSION):
                raise sqlite3.DatabaseError("it was written by another version")
        # Large pages, and a journal of old pages alone (PERSIST, not WAL): each payload is written once, which halves
        # the processor time. A write that was cut off by a kill is undone at the next start.
        self._db.execute(f"PRAGMA page_size={PAGE_BYTES}")
        self._db.execute("PRAGMA journal_mode=PERSIST")
        self._db.execute("PRAGMA synchronous=OFF")  # what a power failure takes was there to look at
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def write(self, payloads: Sequence[KeptPayload]) -> None:
        """Add payloads, and delete the oldest beyond the limits."""
        with self._db:
            rows = [_row(payload) for payload in payloads]
            self._db.executemany(f"INSERT INTO payloads ({_COLUMNS}, size, body) VALUES (?,?,?,?,?,?,?,?,?)", rows)
        self._bytes += sum(ROW_BYTES + len(str(attributes)) + int(str(size)) for *_, attributes, size, _ in rows)
        if self._bytes > self._maximum_bytes or time.monotonic() > self._look_at:
            self._trim()

    def find(self, keys: Iterable[str], traces: Iterable[str], names: Iterable[str]) -> list[PayloadSummary]:
        """Return what belongs to one of these keys, traces or names, oldest first."""
        found: dict[int, PayloadSummary] = {}
        for column, values in (("key", keys), ("trace_id", traces), ("name", names)):
            query = f"SELECT id, size, {_COLUMNS}, {_TEXT} FROM payloads WHERE {column} = ?"
            for value in set(values) - {""}:
                found |= {row[0]: _summary(row) for row in self._db.execute(query, (value,))}
        return [found[identifier] for identifier in sorted(found)]

    def body(self, identifier: int) -> bytes | None:
        """Return a payload's body; None if it is not kept any more."""
        row = self._db.execute("SELECT body FROM payloads WHERE id = ?", (identifier,)).fetchone()
        return bytes(row[0]) if row else None

    def event(self, key: str) -> bytes | None:
        """Return the event of an invocation; None if it is not kept any more."""
        query = "SELECT body FROM payloads WHERE key = ? AND role = ?"
        row = self._db.execute(query, (key, PayloadRole.EVENT.value)).fetchone()
        return bytes(row[0]) if row else None

    def _trim(self) -> None:
        """Delete what is too old, and beyond the limit the oldest until a tenth of it is free."""
        self._look_at = time.monotonic() + AGE_LOOK_S
        with self._db:
            self._db.execute("DELETE FROM payloads WHERE at_ms < ?", (time.time() * 1000 - MAXIMUM_AGE_S * 1000,))
            if self._count() > self._maximum_bytes:
                last = self._last_of_oldest(self._count() - int(self._maximum_bytes * 0.9))
                self._db.execute("DELETE FROM payloads WHERE id <= ?", (last,))
        self._bytes = self._count()

    def _last_of_oldest(self, surplus: int) -> int:
        """Return the row id of the last of the oldest payloads that have so many bytes together."""
        last = 0
        for identifier, size in self._db.execute(f"SELECT id, {_TAKEN} FROM payloads ORDER BY id").fetchall():
            if surplus <= 0:
                break
            last, surplus = int(identifier), surplus - int(size)
        return last

    def _count(self) -> int:
        return int(self._db.execute(f"SELECT coalesce(sum({_TAKEN}), 0) FROM payloads").fetchone()[0])


def _row(payload: KeptPayload) -> tuple[object, ...]:
    texts = (payload.role.value, payload.place, payload.key, payload.trace_id, payload.name)
    attributes = json.dumps(dict(payload.attributes))
    safe = (text.encode("utf-8", "replace").decode() for text in texts)
    return (payload.at_ms, *safe, attributes, len(payload.body), payload.body)


def _summary(row: Sequence[Any]) -> PayloadSummary:
    identifier, size, at_ms, role, place, key, trace_id, name, attributes, text = row
    return PayloadSummary(
        int(identifier),
        float(at_ms),
        role,
        place,
        key,
        trace_id,
        name,
        int(size),
        json.loads(attributes),
        bytes(text).decode("utf-8", "replace"),
    )
