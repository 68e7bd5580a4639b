"""A heap of keys by the time at which they are due. Outdated entries are skipped when their time comes."""

import heapq
from collections.abc import Callable

SLACK = 64  #: so many outdated entries are kept, in addition to as many as there are valid ones


class Schedule:
    """Keys by their due times. A key may be scheduled again; `valid` returns whether an entry is current."""

    def __init__(self, valid: Callable[[float, int], bool]) -> None:
        self._valid = valid
        self._heap: list[tuple[float, int]] = []

    def add(self, at: float, key: int, alive: int) -> None:
        """Schedule a key. `alive` is the greatest possible number of valid entries; it limits the heap."""
        if len(self._heap) > 2 * alive + SLACK:
            self._heap = [entry for entry in self._heap if self._valid(entry[0], entry[1])]
            heapq.heapify(self._heap)
        heapq.heappush(self._heap, (at, key))

    def pop_due(self, now: float) -> int | None:
        """Remove and return a key that is due; None if there is none."""
        while self._heap and self._heap[0][0] <= now:
            at, key = heapq.heappop(self._heap)
            if self._valid(at, key):
                return key
        return None

    def has_due(self, now: float) -> bool:
        """Return whether `pop_due` may find a key."""
        return bool(self._heap) and self._heap[0][0] <= now

    def next_at(self) -> float | None:
        """Return the next time at which a key may be due."""
        while self._heap and not self._valid(self._heap[0][0], self._heap[0][1]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None
