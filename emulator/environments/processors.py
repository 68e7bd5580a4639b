"""Measures whether the environments leave processor time unused; if not, more environments would not help.

It counts the time that the emulator's processes run or wait for a processor, so that other programs on the machine do
not matter: a function that computes always wants a processor, and one that waits for a response does not.
"""

import contextlib
import logging
import math
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

LOOK_S = 0.25  #: between two measurements
STALE_S = 2.0  #: age after which a measurement is not used any more
SPARE = 0.25  #: the share of all processors' time that must be unused

Times = tuple[float, float]  #: seconds of all processors since a fixed moment: unused by our processes, and in total


def this_process() -> Iterable[int]:
    """Return this process alone."""
    return (os.getpid(),)


def read_times(ancestors: Callable[[], Iterable[int]] = this_process) -> Times:
    """Return the times that the descendants of some processes leave unused, by Linux's counters."""
    total = time.monotonic() * (os.cpu_count() or 1)
    wanted = sum(_wanted_ns(pid) for pid in _descendants(ancestors()))
    return total - wanted / 1e9, total


def _descendants(ancestors: Iterable[int]) -> Iterator[int]:
    children = defaultdict[int, list[int]](list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, IndexError):  # the process has ended meanwhile
                fields = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
                children[int(fields[1])].append(int(entry.name))
    unvisited = list(ancestors)
    while unvisited:
        found = children[unvisited.pop()]
        unvisited += found
        yield from found


def _wanted_ns(pid: int) -> int:
    """Return how long the threads of a process have run or waited for a processor."""
    wanted = 0
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError, ValueError):
                running, waiting, _ = (task / "schedstat").read_text(encoding="ascii").split()
                wanted += int(running) + int(waiting)
    return wanted


@dataclass(slots=True)
class Processors:
    """Measures processor times when asked, but not more often than every LOOK_S."""

    read: Callable[[], Times] = read_times
    clock: Callable[[], float] = time.monotonic
    _looked_at: float = -math.inf
    _times: Times = (0.0, 0.0)
    _spare: bool = False

    def have_time(self) -> bool:
        """Return whether enough processor time is unused; False until there are two measurements to compare."""
        passed = self.clock() - self._looked_at
        if passed >= LOOK_S:
            self._look(passed)
        return self._spare

    def _look(self, passed_s: float) -> None:
        before, self._looked_at = self._times, self.clock()
        try:
            self._times = self.read()
        except OSError as error:  # no descriptor is left
            log.warning("no environment is started: it cannot be seen whether processor time is left (%s)", error)
            self._spare = False
            return
        left, total = self._times[0] - before[0], self._times[1] - before[1]
        self._spare = passed_s <= STALE_S and total > 0 and left >= SPARE * total
