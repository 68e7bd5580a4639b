"""The function behind RIE is frozen between its calls."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.supervisor.freezing import DIGITS, Freezer

CHILD = (
    f"import os, subprocess, sys, time; os.write(int(sys.argv[1]), b'%0{DIGITS}d' % os.getpid()); "
    "subprocess.Popen(['sleep', '60']); time.sleep(60)"
)


@pytest.fixture
def freezer() -> Iterator[Freezer]:
    made = Freezer()
    yield made
    made.close()
    os.close(made.sink)


def start(freezer: Freezer) -> subprocess.Popen[bytes]:
    """Start a runtime with a child, in a process group of its own; its process id is in the pipe when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", CHILD, str(freezer.sink)],
        stdin=subprocess.DEVNULL,
        pass_fds=[freezer.sink],
        process_group=0,
    )
    # Before the child is sleep, its parent waits for it (vfork), and would not be stopped while the child is.
    until(lambda: "sleep" in commands(process.pid))
    return process


def commands(group: int) -> list[str]:
    return [Path(f"/proc/{pid}/comm").read_text().strip() for pid in members(group)]


def members(group: int) -> list[int]:
    found = []
    for entry in filter(lambda place: place.name.isdigit(), Path("/proc").iterdir()):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            found.append(int(entry.name))
    return found


def states(group: int) -> set[str]:
    return {Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in members(group)}


def until(condition) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_rt06_a_runtime_and_its_children_stop_and_continue(freezer: Freezer) -> None:
    process = start(freezer)
    try:
        freezer.freeze()
        until(lambda: states(process.pid) == {"T"})
        freezer.thaw()
        until(lambda: "T" not in states(process.pid))
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def test_a_runtime_that_has_ended_is_sent_no_signal_and_its_successor_is(freezer: Freezer) -> None:
    first = start(freezer)
    freezer.thaw()
    os.killpg(first.pid, 9)
    first.wait()
    freezer.forget()
    freezer.freeze()
    second = start(freezer)
    try:
        freezer.forget()  # what was said of the first one comes late
        freezer.freeze()
        until(lambda: states(second.pid) == {"T"})
    finally:
        os.killpg(second.pid, 9)
        second.wait()
