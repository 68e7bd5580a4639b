"""How many batches a mapping may have in flight: ES-13's steps, as a pure value of time and outcomes."""

from dataclasses import dataclass

from emulator.aws.limits import POLLERS_AT_MOST, POLLERS_AT_START, POLLERS_PER_MINUTE, POLLERS_WHEN_QUIET


@dataclass(slots=True)
class Concurrency:
    """The current limit. Grows while it is used up, shrinks when the function fails, is throttled or has nothing to do.

    A FIFO queue sets its own: it gives no message of a group that has one in flight (ES-15).
    """

    maximum: int | None = None  #: ScalingConfig.MaximumConcurrency (ES-14)
    fifo: bool = False
    limit: float = POLLERS_AT_START
    _since: float | None = None  #: when the limit was last found used up

    def __post_init__(self) -> None:
        self.limit = min(POLLERS_AT_MOST if self.fifo else POLLERS_AT_START, self.ceiling)

    @property
    def ceiling(self) -> int:
        """The highest that the limit can be."""
        return self.maximum or POLLERS_AT_MOST

    def allows(self, in_flight: int, now: float) -> bool:
        """Tell whether another batch may start; `now` in seconds. Being asked at the limit lets it grow."""
        if in_flight < int(self.limit):
            self._since = None
            return True
        if self._since is not None:
            self.limit = min(self.ceiling, self.limit + (now - self._since) * POLLERS_PER_MINUTE / 60)
        self._since = now
        return in_flight < int(self.limit)

    def back_off(self) -> None:
        """Take the limit back after a failed or throttled batch (ES-21, ES-22)."""
        self.limit = max(1.0 if self.maximum is None else 2.0, self.limit / 2)
        self._since = None

    def rest(self) -> None:
        """Scale back after a poll that brought nothing: to the start, and then to `POLLERS_WHEN_QUIET` (ES-13)."""
        if self.fifo:
            return
        floor = POLLERS_WHEN_QUIET if self.maximum is None and self.limit <= POLLERS_AT_START else POLLERS_AT_START
        self.limit = min(self.limit, floor)
        self._since = None

    def recover(self) -> None:
        """Let the limit return to its start, one batch at a time, after a batch that succeeded."""
        if self.limit < POLLERS_AT_START:
            self.limit = min(POLLERS_AT_START, self.ceiling, self.limit + 1)
