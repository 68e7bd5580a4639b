"""Where the gallery file lies: one writer at a time, and readers see the old file or the new one, never a part.

It imports no NumPy, because each start of the pipeline looks whether a gallery is there.
"""

import contextlib
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from services.face_recognition.settings import SAMPLE_GALLERY


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the gallery file for one writer.

    The lock is a file of its own, which stays: the gallery's is replaced by each writer, and a lock on it would be
    one on the old file. The system gives the lock back when a writer dies. It is opened for reading only, so that one
    that a container's root left behind serves others too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes the gallery's place at the end of the block.

    Only its owner may read it, and the folder's group where new files get that group (the folder has set-group-ID):
    so a folder is shared with functions that run as another user.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            yield file
        _hand_over(part)
        part.replace(path)
    except BaseException as error:  # a full disk above all, on which the unfinished file would take up room
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:  # an error of `write` names no file
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def seed(path: Path, models: Path) -> None:
    """Make the user's gallery a copy of the sample gallery beside the models, unless there is one."""
    with locked(path):
        if not path.exists():
            with (models / SAMPLE_GALLERY).open("rb") as original, replaced(path) as copy:
                shutil.copyfileobj(original, copy)


def _hand_over(part: Path) -> None:
    folder = part.parent.stat()
    part.chmod(0o640 if folder.st_mode & stat.S_ISGID else 0o600)
    if os.geteuid() == 0 and folder.st_uid != 0:  # in a container, or with sudo: the user's file stays the user's
        os.chown(part, folder.st_uid, -1)
