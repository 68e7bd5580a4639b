"""Whether the machine has processor time to spare: functions that compute gain nothing from more environments."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LOOK_S = 0.25  #: between two looks
STALE_S = 2.0  #: after which a look says nothing about now
SPARE = 0.25  #: share of all processors' time that has to be idle

Times = tuple[float, float]  #: idle and altogether, of all processors since the system's start, in any unit


def read_stat() -> Times:
    """Return the times that Linux counts."""
    numbers = [int(number) for number in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]]
    return float(numbers[3] + numbers[4]), float(sum(numbers))


@dataclass(slots=True)
class Processors:
    """Looks at the processors' idle time now and then, when asked."""

    read: Callable[[], Times] = read_stat
    clock: Callable[[], float] = time.monotonic
    _looked_at: float = -math.inf
    _times: Times = (0.0, 0.0)
    _spare: bool = False

    def have_time(self) -> bool:
        """Tell whether there is idle time; False where it is not known yet: ask again in a moment."""
        passed = self.clock() - self._looked_at
        if passed >= LOOK_S:
            before, self._times = self._times, self.read()
            idle, total = self._times[0] - before[0], self._times[1] - before[1]
            self._spare = passed <= STALE_S and total > 0 and idle >= SPARE * total
            self._looked_at = self.clock()
        return self._spare
