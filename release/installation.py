"""The wheel in an environment that holds nothing else, with the versions of its dependencies that are tested."""

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from release.release_error import ReleaseError


@dataclass(frozen=True, slots=True)
class InstalledWheel:
    """An environment in which the wheel is installed, and works."""

    python: Path
    words: str  #: what `facepipe --version` says there


def install_wheel(wheel: Path, constraints: Path, folder: Path) -> InstalledWheel:
    """Install a wheel as a user does, and ask it for its version; `ReleaseError` if either fails."""
    venv.create(folder, clear=True)
    python = folder / "bin/python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--constraint", str(constraints), str(wheel)], "the wheel cannot be installed")
    words = _run([str(folder / "bin/facepipe"), "--version"], "the installed wheel does not run")
    return InstalledWheel(python, words.strip())


def _run(command: list[str], failure: str) -> str:
    done = subprocess.run(command, cwd=Path("/"), capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReleaseError(f"{failure}: {(done.stderr or done.stdout).strip()[-1000:]}")
    return done.stdout
