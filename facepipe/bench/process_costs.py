"""The processor time of processes, and which processes run below another, by /proc."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used so far, its children excluded; 0 when it is gone."""
    return seconds_in(_stat(pid, PROC))


def seconds_in(stat: str) -> float:
    """Return the CPU seconds in the text of a /proc/PID/stat; 0 if it is empty."""
    return sum(_times(stat)[:2]) / TICKS


def all_s(pid: int, proc: Path = PROC) -> float:
    """Return the CPU seconds of a process, of its children that have ended, and of those that run; 0 when it is gone.

    The kernel counts in hundredths of a second, and adds an ended process to its parent when that has waited for it.
    """
    return sum(sum(_times(_stat(one, proc))) for one in (pid, *descendants(pid, proc))) / TICKS


def descendants(pid: int, proc: Path = PROC) -> Iterator[int]:
    """Yield the ids of all processes below a process (proc_pid_task(5): children)."""
    for task in _tasks(proc / str(pid)):
        with contextlib.suppress(OSError):
            for child in (task / "children").read_text(encoding="ascii").split():
                yield int(child)
                yield from descendants(int(child), proc)


def _tasks(process: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return list((process / "task").iterdir())
    return []


def _times(stat: str) -> list[int]:
    """Return the ticks of the process in user and system mode, and the same of its ended children."""
    return [int(field) for field in stat.rpartition(")")[2].split()[11:15]]


def _stat(pid: int, proc: Path) -> str:
    with contextlib.suppress(OSError):
        return (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    return ""
