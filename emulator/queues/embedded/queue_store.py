"""The queues on disk: one SQLite file, which only one emulator uses at a time."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from emulator.file_lock import FileInUseError, lock_beside
from emulator.private_database import cure_of, make_private
from emulator.queues.embedded.deduplication import Remembered
from emulator.queues.embedded.rows import MESSAGES, QUEUES, REMEMBERED, STATES, TASKS, Row, Rows, read_message
from emulator.queues.embedded.stored_message import StoredMessage
from emulator.queues.protocol import QueueError

VERSION = 1  #: version of the tables
ROWS_AT_ONCE = 100  #: rows per statement: the thread waits for the interpreter lock once per statement
CHECKPOINT_PAGES = 4_000  #: size of the log after which SQLite copies it into the file
LOG_BYTES = 64 << 20  #: disk space that the log keeps after it has been copied

_SCHEMA = """
CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, settings TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (key INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL,
    attributes TEXT NOT NULL, trace_header TEXT NOT NULL, size_bytes INTEGER NOT NULL, message_group TEXT NOT NULL,
    deduplication_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS states (key INTEGER PRIMARY KEY, queue TEXT NOT NULL, place INTEGER NOT NULL,
    sent_at REAL NOT NULL, retained_from REAL NOT NULL, visible_at REAL NOT NULL, received INTEGER NOT NULL,
    receipt INTEGER NOT NULL, received_at REAL NOT NULL, first_received_at REAL NOT NULL, source TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS remembered (queue TEXT, scope TEXT, message_id TEXT NOT NULL, key INTEGER NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (queue, scope)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tasks (id TEXT PRIMARY KEY, task TEXT NOT NULL);
"""


class QueueStoreError(QueueError):
    """The file with the queues cannot be used; the message names the reason and the cure."""


@contextlib.contextmanager
def usable(path: Path) -> Iterator[None]:
    """Raise `QueueStoreError` for errors of SQLite; only if the file itself is wrong its cure leaves messages."""
    try:
        yield
    except sqlite3.Error as error:
        cure = f"move {path} elsewhere to begin with empty queues"
        if spares_messages := cure_of(error):
            cure = f"{spares_messages}, or keep the queues elsewhere with --queues FILE"
        raise QueueStoreError(f"the queues in {path} cannot be read ({error}): {cure}") from error


class QueueStore:
    """Reads the file once, and writes groups of changes, each in one transaction.

    Written changes survive if this process is killed at any time. They survive a loss of power if `wait_for_disk` is
    set, which makes every transaction wait for the disk.
    """

    def __init__(self, path: Path, *, wait_for_disk: bool = False) -> None:
        self.path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _lock(path)
        try:
            with usable(path):
                self._db = _open(path, wait_for_disk=wait_for_disk)
        except QueueStoreError:
            self._lock.close()
            raise

    def close(self) -> None:
        """Close the file, and release its lock."""
        self._db.close()
        self._lock.close()

    def queues(self) -> dict[str, dict[str, Any]]:
        """Return the settings of all queues by name."""
        return {str(name): json.loads(settings) for name, settings in self._db.execute("SELECT * FROM queues")}

    def messages(self) -> Iterator[StoredMessage]:
        """Yield the messages of all queues, in the order of their places."""
        query = "SELECT * FROM states JOIN messages USING (key) ORDER BY place, key"
        for row in self._db.execute(query):
            state, rest = row[: len(STATES)], row[len(STATES) :]
            yield read_message((state[0], *rest), state)

    def remembered(self, since: float) -> Iterator[tuple[str, Remembered]]:
        """Yield each queue's deduplication records since a time, oldest first; delete older records."""
        self._db.execute("DELETE FROM remembered WHERE at <= ?", (since,))
        for queue, scope, message_id, key, at in self._db.execute("SELECT * FROM remembered ORDER BY at, key"):
            yield str(queue), Remembered(scope, message_id, key, at)

    def tasks(self) -> list[dict[str, Any]]:
        """Return the message move tasks."""
        return [json.loads(task) for (task,) in self._db.execute("SELECT task FROM tasks")]

    def last_key(self) -> int:
        """Return the largest message key in the file."""
        tables = ("messages", "remembered")
        return max(self._db.execute(f"SELECT max(key) FROM {table}").fetchone()[0] or 0 for table in tables)

    def write(self, rows: Rows) -> None:
        """Write all changes in one transaction. If it raises `sqlite3.Error`, none of them is written."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._delete(rows)
            self._insert("messages", MESSAGES, rows.messages)
            self._insert("states", STATES, rows.states)
            self._insert("queues", QUEUES, rows.queues)
            self._insert("tasks", TASKS, rows.tasks)
            self._insert("remembered", REMEMBERED, rows.remembered)
            self._db.execute("COMMIT")
        except sqlite3.Error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _delete(self, rows: Rows) -> None:
        for table, column, values in (
            ("messages", "key", rows.gone),
            ("states", "key", rows.gone),
            ("queues", "name", rows.queues_gone),
            ("remembered", "queue", rows.queues_gone),
            ("tasks", "id", rows.tasks_gone),
        ):
            if values:
                query = f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"
                self._db.execute(query, (json.dumps(values),))

    def _insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        marks = f"({','.join('?' * len(columns))})"
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            query = f"INSERT OR REPLACE INTO {table} ({','.join(columns)}) VALUES {','.join([marks] * len(part))}"
            self._db.execute(query, [value for row in part for value in row])


def _open(path: Path, *, wait_for_disk: bool) -> sqlite3.Connection:
    make_private(path)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(f"PRAGMA synchronous={'FULL' if wait_for_disk else 'NORMAL'}")
        db.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        db.execute(f"PRAGMA journal_size_limit={LOG_BYTES}")
        if db.execute("PRAGMA user_version").fetchone()[0] not in (0, VERSION):
            raise sqlite3.DatabaseError("it was made by another version of the emulator")
        if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("its pages do not fit together")
        db.executescript(_SCHEMA)
        db.execute(f"PRAGMA user_version={VERSION}")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _lock(path: Path) -> IO[str]:
    """Lock the queues; the lock is held until it is closed."""
    try:
        return lock_beside(path)
    except FileInUseError as error:
        raise QueueStoreError(
            f"the queues in {path} are in use by another emulator (process {error.owner}): stop it, or keep this one's"
            " queues elsewhere with --queues FILE"
        ) from error
