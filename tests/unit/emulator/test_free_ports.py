"""Ports for one more emulator: two that choose before either listens get different ones."""

import fcntl
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from emulator.free_ports import PORT_SPACING, free_ports

CHOOSE = "import random; random.seed(0); from emulator.free_ports import free_ports; print(free_ports().url)"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that other processes do not use."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def choose() -> int:
    random.seed(0)  # as hypothesis does before each example, in every process of a run
    return free_ports().url


def test_the_next_choice_is_another_one_although_nobody_listens_yet() -> None:
    assert len({choose() for _ in range(20)}) == 20


def test_another_process_chooses_other_ports(folder: Path) -> None:
    first = choose()
    variables = {**os.environ, "TMPDIR": str(folder)}
    another = int(subprocess.run([sys.executable, "-c", CHOOSE], env=variables, check=True, capture_output=True).stdout)
    assert abs(another - first) >= PORT_SPACING


@pytest.mark.parametrize("content", ["", "no number", "7", "31992", "1200020000000", "9" * 5000, "é"])
def test_any_content_of_the_file_leads_to_a_choice(folder: Path, content: str) -> None:
    file = folder / f"facepipe-ports-{os.getuid()}"
    file.write_text(content, encoding="latin-1")
    assert choose() == int(file.read_text())
    assert choose() == int(file.read_text())


def test_a_file_of_another_user_is_not_waited_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / f"facepipe-ports-{os.getuid() + 1}"
    with file.open("w") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        user = os.getuid() + 1
        monkeypatch.setattr(os, "getuid", lambda: user)
        assert choose()


def test_the_file_may_be_one_that_this_user_cannot_write(folder: Path) -> None:
    (folder / f"facepipe-ports-{os.getuid()}").symlink_to(folder / "of another user")
    assert choose()
    assert not (folder / "of another user").exists()
