"""The environments of the peers: each is installed once, in a folder of its own."""

import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from facepipe.bench.peers.measured_peer import PeerUnavailableError

INSTALL_S = 600.0


def python_environment(folder: Path, packages: Sequence[str]) -> Path:
    """Return the folder of programs of a virtual environment with these packages. Raises `PeerUnavailableError`."""
    programs, made = folder / "bin", folder / "installed"
    wanted = "\n".join((sys.version, *packages))
    if made.exists() and made.read_text(encoding="utf-8") == wanted:
        return programs
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    command = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    _install(command, folder)
    made.write_text(wanted, encoding="utf-8")
    return programs


def node_environment(folder: Path, packages: Sequence[str]) -> Path:
    """Return the folder of packages of Node.js. Raises `PeerUnavailableError`."""
    made, wanted = folder / "installed", "\n".join(packages)
    if made.exists() and made.read_text(encoding="utf-8") == wanted:
        return folder / "node_modules"
    if not (shutil.which("node") and shutil.which("npm")):
        raise PeerUnavailableError("it needs Node.js and npm, which are not on the PATH")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    options = ["--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder)]
    _install(["npm", "install", *options, *packages], folder)
    made.write_text(wanted, encoding="utf-8")
    return folder / "node_modules"


def _install(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_S,
            cwd=folder,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise PeerUnavailableError(f"{command[0]} has not ended after {INSTALL_S:g} s") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise PeerUnavailableError(f"{Path(command[0]).name} could not install {command[-1]}: {lines[-1]}")
