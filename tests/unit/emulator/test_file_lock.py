"""A lock on a file: who holds it, and a disk that has no room for that."""

import errno
import os
from pathlib import Path

import pytest

from emulator.file_lock import FileInUseError, lock_beside


def test_a_second_holder_is_refused_and_learns_who_the_first_is(tmp_path: Path) -> None:
    (tmp_path / "kept.lock").write_text("1234567890\n")  # an older holder's, longer than any new one
    with lock_beside(tmp_path / "kept"), pytest.raises(FileInUseError) as refused:
        lock_beside(tmp_path / "kept")
    assert refused.value.owner == str(os.getpid())


def test_a_full_disk_names_the_file_and_leaves_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_values: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", fail)
        with pytest.raises(OSError, match="No space left") as refused:
            lock_beside(tmp_path / "kept")
    assert refused.value.filename == str(tmp_path / "kept.lock")
    lock_beside(tmp_path / "kept").close()
