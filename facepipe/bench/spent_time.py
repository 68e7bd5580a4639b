"""The processor time that a process and everything below it have used."""

import contextlib
import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def spent_s(pid: int, proc: Path = Path("/proc")) -> float:
    """Return the seconds of a process, of its children that have ended, and of those that run; 0 if it is gone.

    The kernel counts in hundredths of a second, and adds an ended process to its parent when that has waited for it.
    """
    with contextlib.suppress(OSError, IndexError, ValueError):
        fields = (proc / str(pid) / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS + sum(spent_s(child, proc) for child in _children(pid, proc))
    return 0.0


def _children(pid: int, proc: Path) -> list[int]:
    """Return the running children of all threads of a process (proc_pid_task(5): children)."""
    found: list[int] = []
    for task in (proc / str(pid) / "task").iterdir():
        with contextlib.suppress(OSError):
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found
