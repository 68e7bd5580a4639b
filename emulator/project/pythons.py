"""Finds the Python on this machine whose version is nearest to a function's."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST, NEWEST = 9, 20  #: the range of minor versions of Python 3 to look for
_ASK = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python on this machine."""

    path: str
    version: str  #: such as 3.12


def own() -> Interpreter:
    """Return the Python that runs the emulator."""
    return Interpreter(sys.executable, f"3.{sys.version_info.minor}")


def nearest(wanted: str) -> Interpreter:
    """Return the interpreter whose version is nearest to the wanted one; if two are equally near, the newer."""
    if wanted in ("", own().version):
        return own()
    minor = int(wanted.partition(".")[2])
    for version in sorted(range(OLDEST, NEWEST), key=lambda number: (abs(number - minor), -number)):
        if own().version == f"3.{version}":
            return own()
        for path in _candidates(f"3.{version}"):
            if _works(path, f"3.{version}"):
                return Interpreter(path, f"3.{version}")
    return own()


def _candidates(version: str) -> Iterator[str]:
    if path := shutil.which(f"python{version}"):
        yield path
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(map(str, root.glob(f"versions/{version}.*/bin/python{version}")), reverse=True)


def _works(path: str, version: str) -> bool:
    """Return whether an interpreter starts, has this version, and can make virtual environments."""
    try:
        done = subprocess.run([path, "-c", _ASK], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0 and done.stdout.strip() == version
