"""Limits how many batches event source mappings may take from their queues for one function."""

import asyncio
import math
from dataclasses import dataclass, field

#: longest start for which mappings take a batch in advance; its messages age meanwhile
TRUST_S = 5.0


@dataclass(slots=True)
class Room:
    """Counts a function's batches, and says when an environment could take another one.

    While no environment runs, no batch is taken. For each ready environment, one more batch may be taken while another
    environment starts: if that start fails, the ready environment can take the batch after its own. If starts take
    long, no batch is taken for them, because its messages age and each receive counts.
    """

    batches: int = 0  #: batches in flight
    another: asyncio.Event = field(default_factory=asyncio.Event)  #: is set while there is room for another batch
    _capacity: int = 0
    _since: float = math.inf  #: event loop's time at which environments began to start
    _ready: int = 0  #: ready environments at the last count

    def change(self, batches: int) -> None:
        """Add to the number of batches in flight; negative after a batch has ended."""
        self.batches += batches
        self._update_event()

    def count(self, ready: int, starting: int, limit: int) -> float | None:
        """Update from the numbers of ready and starting environments, and from their limit.

        Return the seconds after which to count again if nothing changes until then; None if that is not needed.
        """
        now = asyncio.get_running_loop().time()
        if not starting:
            self._since = math.inf
        elif self._since == math.inf or ready > self._ready:
            self._since = now
        late = now >= self._since + TRUST_S
        self._ready, self._capacity = ready, ready if late else max(ready, min(limit, 2 * ready))
        self._update_event()
        return None if late or not starting else self._since + TRUST_S - now

    def _update_event(self) -> None:
        if self.batches < self._capacity:
            self.another.set()
        else:
            self.another.clear()
