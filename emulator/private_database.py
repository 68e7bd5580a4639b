"""Database files that only the emulator's user may read: they hold photos, messages and output."""

import contextlib
import os
from pathlib import Path

#: of the names of a database's file and of the files that SQLite keeps beside it
ENDINGS = ("", "-wal", "-shm", "-journal")


def make_private(path: Path) -> None:
    """Create the file if it is missing; only its owner may read it and the files that SQLite keeps beside it."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for end in ENDINGS:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + end).chmod(0o600)
