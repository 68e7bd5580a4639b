"""An error of the system names its file, and what to do about it."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from facepipe.paths import Paths
from facepipe.system_problems import in_one_line

HERE = Paths(root=Path("/clone"), var=Path("/clone/var"))


def problem(number: int, file: str | None) -> str:
    return in_one_line(OSError(number, os.strerror(number), file), HERE)


@pytest.mark.parametrize(
    ("number", "file", "words"),
    [
        (errno.ENOSPC, "/clone/var/demo.log", "No space left on device; make room on its disk"),
        (errno.EDQUOT, "/elsewhere/photo.png", "make room on its disk"),
        (errno.EROFS, "/clone/var/projects", "FACEPIPE_HOME=FOLDER"),
        (errno.EACCES, "/clone/var/gallery/gallery.npz", "FACEPIPE_HOME=FOLDER"),
        (errno.EACCES, "/elsewhere/gallery.npz", "name another place"),
        (errno.EMFILE, "/clone/var/x", "ulimit -n"),
        (errno.ENOENT, "/clone/var/models/sample-gallery.npz", "run `facepipe models`"),
        (errno.ENOENT, "/clone/var/samples/grace_hopper.jpg", "run `facepipe models`"),
    ],
)
def test_the_cure_is_named(number: int, file: str | None, words: str) -> None:
    line = problem(number, file)
    assert words in line
    assert line.startswith(file or "the system")


def test_of_a_write_the_folder_is_named_whose_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of `write` names no file."""

    def usage(folder: str) -> SimpleNamespace:
        return SimpleNamespace(free=0 if folder == str(tmp_path) else 10**12)

    monkeypatch.setattr("shutil.disk_usage", usage)
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    line = in_one_line(error, Paths(root=tmp_path, var=tmp_path / "missing/too"))
    assert line == f"{tmp_path}: No space left on device; make room on its disk, and run this again"
    assert in_one_line(error, Paths(root=Path("/"), var=Path("/"))).startswith("the system: No space left")


def test_no_folder_for_temporary_files_is_needed_to_say_that_a_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`tempfile` writes into each folder that it tries, and raises if no disk has room."""

    def none() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr("tempfile.gettempdir", none)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    line = in_one_line(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), Paths(root=tmp_path, var=tmp_path))
    assert line.startswith(f"{tmp_path}: No space left on device; make room")


def test_a_missing_file_of_the_users_has_no_cure() -> None:
    assert problem(errno.ENOENT, "/elsewhere/me.jpg") == "/elsewhere/me.jpg: No such file or directory"


def test_an_error_without_a_number_is_said_as_it_is() -> None:
    assert in_one_line(OSError("unreadable"), HERE) == "the system: unreadable"
