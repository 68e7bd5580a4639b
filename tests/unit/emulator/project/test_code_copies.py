"""Copies of a folder that published versions run."""

import asyncio
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from emulator.project.code_snapshots import CodeSnapshots
from emulator.project.code_store import KEPT_S, CodeStore
from emulator.project.launch import Launch
from emulator.resources import Function


class Launches:
    """Has every function started from one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.given = folder, list[Launch]()

    async def of(self, _: str) -> Launch:
        return Launch(self.folder, Path("python"), "app.handler")

    def give(self, _: str, launch: Launch) -> None:
        self.given.append(launch)


def code(folder: Path) -> Path:
    folder.mkdir()
    (folder / "app.py").write_text("handler = None")
    return folder


def test_a_copy_that_fails_leaves_nothing_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr("shutil.copyfile", full)
    monkeypatch.setattr("shutil.copy2", full)
    with pytest.raises(OSError, match="No space left on device") as error:
        CodeStore(kept).copy("f:1", code(tmp_path / "code"))
    assert "No space left on device" in str(error.value.strerror)
    assert list(kept.iterdir()) == []


def test_sockets_and_pipes_are_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = code(tmp_path / "code")
    os.mkfifo(folder / "pipe")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        (tmp_path / "kept").mkdir()
        copy = CodeStore(tmp_path / "kept").copy("f:1", folder)
    assert [path.name for path in copy.iterdir()] == ["app.py"]


def test_the_copy_of_a_version_that_was_never_added_is_removed(tmp_path: Path) -> None:
    folder, kept, clock = code(tmp_path / "code"), tmp_path / "kept", [0.0]
    kept.mkdir()
    store = CodeStore(kept, now=lambda: clock[0])
    launches: Any = Launches(folder)
    snapshots = CodeSnapshots(store, launches)
    for _ in range(2):
        asyncio.run(snapshots.take(Function("F", "f", "image", (), 3, 128, 512), "f:1"))
    clock[0] = KEPT_S + 1
    store.use("g", None)
    assert [launch.folder.exists() for launch in launches.given] == [False, True]
