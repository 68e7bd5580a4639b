"""Limits the batches that a mapping has in flight, in ES-13's steps, depending on time and outcomes only."""

from dataclasses import dataclass

from emulator.aws.limits import POLLERS_AT_MOST, POLLERS_AT_START, POLLERS_PER_MINUTE, POLLERS_WHEN_QUIET


@dataclass(slots=True)
class Concurrency:
    """The current limit. It grows while it is reached, and shrinks when the function fails, is throttled or is idle.

    A FIFO queue has a limit of its own: it returns no message of a group that has one in flight (ES-15).
    """

    maximum: int | None = None  #: ScalingConfig.MaximumConcurrency (ES-14)
    fifo: bool = False
    limit: float = POLLERS_AT_START
    _since: float | None = None  #: since when the limit has been reached

    def __post_init__(self) -> None:
        self.limit = min(POLLERS_AT_MOST if self.fifo else POLLERS_AT_START, self.ceiling)

    @property
    def ceiling(self) -> int:
        """The highest value of the limit."""
        return self.maximum or POLLERS_AT_MOST

    def allows(self, in_flight: int, now: float) -> bool:
        """Return whether another batch may start at `now`, in seconds; asking at the limit makes the limit grow."""
        if in_flight < int(self.limit):
            self._since = None
            return True
        if self._since is not None:
            self.limit = min(self.ceiling, self.limit + (now - self._since) * POLLERS_PER_MINUTE / 60)
        self._since = now
        return in_flight < int(self.limit)

    def back_off(self) -> None:
        """Reduce the limit after a failed or throttled batch (ES-21, ES-22)."""
        self.limit = max(1.0 if self.maximum is None else 2.0, self.limit / 2)
        self._since = None

    def rest(self) -> None:
        """Reduce the limit after an empty poll: to its start, and later to `POLLERS_WHEN_QUIET` (ES-13)."""
        if self.fifo:
            return
        floor = POLLERS_WHEN_QUIET if self.maximum is None and self.limit <= POLLERS_AT_START else POLLERS_AT_START
        self.limit = min(self.limit, floor)
        self._since = None

    def recover(self) -> None:
        """Raise a reduced limit by one, up to its start, after a batch succeeded."""
        if self.limit < POLLERS_AT_START:
            self.limit = min(POLLERS_AT_START, self.ceiling, self.limit + 1)
