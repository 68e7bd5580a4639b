"""What a process costs, by /proc."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used so far, its children excluded; 0 when it is gone."""
    return seconds_in("".join(_lines(f"/proc/{pid}/stat")))


def seconds_in(stat: str) -> float:
    """Return the CPU seconds in the text of a /proc/PID/stat; 0 if it is empty."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS if fields else 0.0


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
