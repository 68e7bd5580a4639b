"""Whether the environments leave processor time unused: functions that compute gain nothing from more of them.

What counts is the time that the emulator's processes run or wait for a processor. So it does not matter what else the
machine is busy with: a function that waits for something else does not want a processor, one that computes always does.
"""

import contextlib
import math
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LOOK_S = 0.25  #: between two looks
STALE_S = 2.0  #: after which a look says nothing about now
SPARE = 0.25  #: share of all processors' time that has to be left

Times = tuple[float, float]  #: of all processors, in seconds: left by our processes, and altogether; since some time


def read_times() -> Times:
    """Return the times that this process's children and their children leave, as Linux counts them."""
    total = time.monotonic() * (os.cpu_count() or 1)
    wanted = sum(_wanted_ns(pid) for pid in _descendants(os.getpid()))
    return total - wanted / 1e9, total


def _descendants(ancestor: int) -> Iterator[int]:
    children = defaultdict[int, list[int]](list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, IndexError):  # it has ended meanwhile
                fields = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
                children[int(fields[1])].append(int(entry.name))
    news = [ancestor]
    while news:
        found = children[news.pop()]
        news += found
        yield from found


def _wanted_ns(pid: int) -> int:
    """Return how long the threads of a process have run and waited for a processor."""
    wanted = 0
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError, ValueError):
                running, waiting, _ = (task / "schedstat").read_text(encoding="ascii").split()
                wanted += int(running) + int(waiting)
    return wanted


@dataclass(slots=True)
class Processors:
    """Looks at the times now and then, when asked."""

    read: Callable[[], Times] = read_times
    clock: Callable[[], float] = time.monotonic
    _looked_at: float = -math.inf
    _times: Times = (0.0, 0.0)
    _spare: bool = False

    def have_time(self) -> bool:
        """Tell whether enough time is left; False where it is not known yet: ask again in a moment."""
        passed = self.clock() - self._looked_at
        if passed >= LOOK_S:
            before, self._times = self._times, self.read()
            left, total = self._times[0] - before[0], self._times[1] - before[1]
            self._spare = passed <= STALE_S and total > 0 and left >= SPARE * total
            self._looked_at = self.clock()
        return self._spare
