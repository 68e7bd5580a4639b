"""How many batches event source mappings may take from their queues for one function."""

import asyncio
import math
from dataclasses import dataclass, field

#: that a start may take until mappings count on it no longer: what they have taken ages meanwhile
TRUST_S = 5.0


@dataclass(slots=True)
class Room:
    """Counts a function's batches, and tells when an environment could start on another one.

    Nothing is taken while no environment runs. For each that is ready, one more batch may wait for an environment to
    be started: if that does not come, the ready one can take it after its own. While starts take long, none is taken
    for them: a batch ages, and every receive of its messages counts.
    """

    batches: int = 0  #: taken, and not done with
    another: asyncio.Event = field(default_factory=asyncio.Event)  #: set while there is room for another batch
    _capacity: int = 0
    _since: float = math.inf  #: by the loop's clock, since when environments are coming and none came
    _ready: int = 0  #: at the last count

    def change(self, batches: int) -> None:
        """Count batches that were taken, or are done with (less than 0)."""
        self.batches += batches
        self._tell()

    def count(self, ready: int, coming: int, limit: int) -> float | None:
        """Take note of how many environments take calls, are starting and may run at most.

        Returned are the seconds after which to count again, if nothing changes until then.
        """
        now = asyncio.get_running_loop().time()
        if not coming:
            self._since = math.inf
        elif self._since == math.inf or ready > self._ready:
            self._since = now
        late = now >= self._since + TRUST_S
        self._ready, self._capacity = ready, ready if late else max(ready, min(limit, 2 * ready))
        self._tell()
        return None if late or not coming else self._since + TRUST_S - now

    def _tell(self) -> None:
        if self.batches < self._capacity:
            self.another.set()
        else:
            self.another.clear()
