"""`facepipe up` as a program of its own, as a user starts it."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path


@contextlib.contextmanager
def started(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Iterator[list[str]]:
    """Run `facepipe up` until the block ends; yields what it said until it was ready."""
    process = subprocess.Popen(
        command, cwd=folder, env=dict(variables), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    said = []
    try:
        for line in process.stdout:
            said.append(line.rstrip("\n"))
            if said[-1] == "ready":
                break
        yield said
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
