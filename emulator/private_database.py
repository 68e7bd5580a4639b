"""Database files that only the emulator's user may read: they hold photos, messages and output."""

import contextlib
import os
import sqlite3
from pathlib import Path

#: of the names of a database's file and of the files that SQLite keeps beside it
ENDINGS = ("", "-wal", "-shm", "-journal")
_CURES = {
    sqlite3.SQLITE_FULL: "make room on its disk",
    sqlite3.SQLITE_READONLY: "get the right to write there",
    sqlite3.SQLITE_CANTOPEN: "get the right to write there",
    sqlite3.SQLITE_IOERR: "look whether its disk is full or damaged",
}
_KIND = 0xFF  #: the part of SQLite's extended error codes that says what kind of error it is


def make_private(path: Path) -> None:
    """Create the file if it is missing; only its owner may read it and the files that SQLite keeps beside it."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for end in ENDINGS:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + end).chmod(0o600)


def cure_of(error: Exception) -> str:
    """Return what to do about an error that comes from the disk or from rights; empty if the file itself is wrong."""
    return _CURES.get(getattr(error, "sqlite_errorcode", 0) & _KIND, "")
