"""The most memory that a function has used, and whether the kernel has killed a process for lack of memory."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence

MIB = 1 << 20
RESCAN_S = 1.0  #: how long the list of a group's processes is reused, because making it reads all of /proc
CGROUP = "/sys/fs/cgroup"
#: version 2, then version 1
PEAK_FILES = ("memory.peak", "memory/memory.max_usage_in_bytes")
OOM_FILES = ("memory.events", "memory/memory.oom_control")


class Meter:
    """Measures one environment: a container by its cgroup, a group of processes by /proc.

    In a container the figures are those of the whole container, with the supervisor (about 15 MB) and /tmp. For a group
    of processes the peaks of its processes are added, so pages that two of them share count twice.
    """

    def __init__(self, members: Callable[[], Sequence[int]]) -> None:
        self._members = members
        self._known: Sequence[int] = ()
        self._scanned = float("-inf")
        self._peak = 0
        self._cgroup = CGROUP if os.getpid() == 1 else ""  #: process 1 of a container measures the whole container
        self._kills = self._oom_kills()

    def peak_mb(self) -> int | None:
        """Return the most memory used so far; None if it cannot be measured."""
        contained = read_number(self._cgroup, PEAK_FILES) if self._cgroup else None
        self._peak = max(self._peak, contained if contained is not None else self._of_processes())
        return round(self._peak / MIB) or None

    def out_of_memory(self) -> bool:
        """Return whether the kernel has killed a process for lack of memory since the last time this was asked."""
        before, self._kills = self._kills, self._oom_kills()
        return self._kills > before

    def _oom_kills(self) -> int:
        return read_count(self._cgroup, OOM_FILES, "oom_kill") or 0 if self._cgroup else 0

    def _of_processes(self) -> int:
        peaks = [high_water_bytes(pid) for pid in self._known]
        now = time.monotonic()
        if now - self._scanned > RESCAN_S or not peaks or not all(peaks):
            self._known, self._scanned = self._members(), now
            peaks = [high_water_bytes(pid) for pid in self._known]
        return sum(peaks)

    def forget(self) -> None:
        """Look for the group's processes again, because the group has been replaced."""
        self._known, self._scanned = (), float("-inf")


def high_water_bytes(pid: int) -> int:
    """Return the peak of a process's resident memory; 0 when it has ended."""
    with contextlib.suppress(OSError, IndexError, ValueError), open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def read_number(root: str, names: Sequence[str]) -> int | None:
    """Return the number in the first of the files that exists."""
    for name in names:
        with contextlib.suppress(OSError, ValueError), open(f"{root}/{name}", encoding="ascii") as file:
            return int(file.read())
    return None


def read_count(root: str, names: Sequence[str], key: str) -> int | None:
    """Return the number behind a key in the first of the files that exists."""
    for name in names:
        with contextlib.suppress(OSError, ValueError), open(f"{root}/{name}", encoding="ascii") as file:
            counts = dict(line.split() for line in file)
            return int(counts[key]) if key in counts else None
    return None
