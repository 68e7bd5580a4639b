"""Finding and killing the processes of a stack, through /proc."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path


def command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
    return ""


def parents() -> dict[int, int]:
    result = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                result[int(entry.name)] = int(
                    (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[1]
                )
    return result


def descendants(root: int) -> list[int]:
    """All processes below one, in no particular order."""
    tree = parents()
    found, todo = [], [root]
    while todo:
        parent = todo.pop()
        children = [pid for pid, above in tree.items() if above == parent]
        found += children
        todo += children
    return found


def of_kind(root: int, kind: str) -> list[int]:
    """Processes below `root`: "rie", "handler" or "supervisor"."""
    lines = {pid: command_line(pid) for pid in descendants(root)}
    tests = {
        "rie": lambda line: line.split(" ")[0].endswith("aws-lambda-rie"),
        "handler": lambda line: line.split(" ")[1:4] == ["-B", "-m", "awslambdaric"],
        "supervisor": lambda line: "'emulator.supervisor'" in line and " --emulator " in line,
    }
    return [pid for pid, line in lines.items() if line and tests[kind](line)]


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if command_line(pid)]


@contextlib.contextmanager
def killing(root: int, kinds: list[str], *, every_s: float) -> Iterator[list[str]]:
    """Kill one process of these kinds every so many seconds, in turn; yields what was killed so far."""
    stop, killed = threading.Event(), []

    def run() -> None:
        turn = 0
        while not stop.wait(every_s):
            kind = kinds[turn % len(kinds)]
            turn += 1
            victims = of_kind(root, kind)
            if victims:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victims[turn % len(victims)], signal.SIGKILL)
                    killed.append(kind)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()
