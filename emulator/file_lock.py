"""A lock on a file of the emulator, so that two emulators never write it at the same time."""

import fcntl
import os
from pathlib import Path
from typing import IO


class FileInUseError(RuntimeError):
    """Another emulator uses the file; `owner` is the id of its process, or "unknown"."""

    def __init__(self, path: Path, owner: str) -> None:
        super().__init__(f"{path} is in use by another emulator (process {owner})")
        self.owner = owner


def lock_beside(path: Path) -> IO[str]:
    """Lock a file by another one beside it, and return that; the lock is held until it is closed.

    Raises `FileInUseError`, and `OSError` if the lock's file cannot be written.
    """
    beside = path.with_name(f"{path.name}.lock")
    lock = os.fdopen(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise FileInUseError(path, owner) from error
    try:
        os.ftruncate(lock.fileno(), 0)
        os.pwrite(lock.fileno(), f"{os.getpid()}\n".encode(), 0)
    except OSError as error:  # the disk is full
        lock.close()
        raise OSError(error.errno, error.strerror, str(beside)) from error
    return lock
