"""scripts/environment says what it waits for, and why it cannot go on."""

import fcntl
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("functions", "models", "emulator", "docker", "client", "forecast")
PROJECT = ("pyproject.toml", "constraints.txt")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose .venv is complete, with a script that only says that it runs."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / "scripts/environment", tmp_path / "scripts")
    (tmp_path / "scripts/try").write_text('source "$(dirname "$0")/environment"\necho runs\n')
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    for name in PROJECT:
        (tmp_path / name).write_text(f"{name}\n")
    stamp = f"Python {platform.python_version()}\n{tmp_path}\n" + "".join(f"{name}\n" for name in PROJECT)
    for part in PARTS:
        (tmp_path / ".venv" / f"installed-{part}").write_text(stamp)
    return tmp_path


def started(checkout: Path) -> "subprocess.Popen[str]":
    command = ["bash", str(checkout / "scripts/try")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_complete_environment_is_used_without_a_word(checkout: Path) -> None:
    assert started(checkout).communicate(timeout=60) == ("runs\n", "")


@pytest.mark.skipif(shutil.which("flock") is None, reason="without flock nobody waits")
def test_a_script_that_waits_for_another_says_so(checkout: Path) -> None:
    """Installing takes minutes, and a terminal without a word looks as if it hung."""
    (checkout / "var").mkdir()
    with (checkout / "var/environment.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        script = started(checkout)
        assert script.stderr is not None
        assert "waiting for it" in script.stderr.readline()
    assert script.communicate(timeout=60)[0] == "runs\n"


def test_a_folder_that_cannot_be_written_is_an_error_with_the_cure(checkout: Path) -> None:
    (checkout / "var").write_text("a file, into which root cannot write either")
    out, error = started(checkout).communicate(timeout=60)
    assert out == ""
    assert error == f"try: cannot write to {checkout}/var: make that folder yours, or clone into a folder of yours\n"
