"""A process that outlives the emulator, also if it is killed, and removes its containers and networks.

Its argument is the run's name; its standard input is a pipe from the emulator, whose end is the emulator's.
"""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

#: Starts a watcher of this emulator, as native.py starts supervisors.
_RUN = "import sys; sys.path.insert(0, sys.argv.pop(1)); from emulator.containers.watcher import main; main()"
WATCHER = (sys.executable, "-P", "-c", _RUN, str(Path(__file__).resolve().parents[2]))
SETTLE_S = 1.0  #: Docker may still be making a container that a killed emulator has asked for


def start_watcher(run: str) -> subprocess.Popen[bytes]:
    """Start a watcher; close its standard input when everything is removed, or let this process end."""
    return subprocess.Popen(
        [*WATCHER, run],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def end_watcher(watcher: subprocess.Popen[bytes]) -> None:
    """End the watcher, after everything was removed."""
    watcher.terminate()
    watcher.wait()
    if watcher.stdin:
        watcher.stdin.close()


@contextlib.contextmanager
def watched(run: str) -> Iterator[None]:
    """Have what is made for a run removed if the block fails, or this process is killed while it lasts."""
    watcher = start_watcher(run)
    try:
        yield
    except BaseException:
        if watcher.stdin:
            watcher.stdin.close()  # it removes everything and ends
        watcher.wait()
        raise
    end_watcher(watcher)


def main() -> None:
    """Wait for the emulator's end and remove what it has left."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    from emulator.containers.engine_connection import connect  # noqa: PLC0415  # until then it takes little memory
    from emulator.containers.removal import remove_run  # noqa: PLC0415

    client = connect()
    remove_run(client, sys.argv[1])
    time.sleep(SETTLE_S)
    remove_run(client, sys.argv[1])
