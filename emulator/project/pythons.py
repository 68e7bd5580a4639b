"""Finds the Python on this machine whose version is nearest to a function's."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emulator.project.plans import ProjectError

OLDEST, NEWEST = 9, 20  #: the range of minor versions of Python 3 to look for
_ASK = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
_ASK_MORE = f"{_ASK[:-1]}, end=' '); import sysconfig; print(sysconfig.get_path('purelib'))"
_VERSION = re.compile(r"3\.\d+")
TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python on this machine."""

    path: str
    version: str  #: such as 3.12
    packages: str = ""  #: the folder of its packages, which a function uses if the user has chosen this Python


class InterpreterError(ProjectError):
    """The Python that the user has chosen cannot be used."""


def named(function: str, chosen: str) -> Interpreter:
    """Return the Python that is chosen by its version, its name or its path. Raises `InterpreterError`."""
    if _VERSION.fullmatch(chosen):
        found = nearest(chosen)
        if found.version != chosen:
            raise InterpreterError(f"{function}: Python {chosen}, which is chosen for it, is not on this machine")
        return found
    path = chosen if "/" in chosen else shutil.which(chosen)
    answer = _ask(path, _ASK_MORE) if path else ""
    version, _, packages = answer.partition(" ")
    if path is None or not _VERSION.fullmatch(version):
        cure = "name a version such as 3.12, or the path of an interpreter that has venv and ensurepip"
        raise InterpreterError(f"{function}: its python {chosen} cannot be used; {cure}")
    return Interpreter(path, version, packages)


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
    return _ask(path, _ASK) == version


def _ask(path: str, question: str) -> str:
    """Return what an interpreter prints; an empty text if it does not start or fails."""
    try:
        done = subprocess.run([path, "-c", question], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
