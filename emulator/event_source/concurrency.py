"""Limits the batches that a mapping has in flight, in AWS's steps (ES-13, ES-48), by time and outcomes only."""

from dataclasses import dataclass

from emulator.aws import limits
from emulator.aws.identifiers import is_fifo
from emulator.event_source.settle import Verdict
from emulator.resources import EventSourceMapping

THROTTLE_PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0)  #: before a throttled batch is tried again; the last one repeats
CAPACITY_PAUSE_S = 0.2  #: before a mapping at its limit asks again
QUIET_S = 20.0  #: time without a message after which a mapping scales back (ES-13)


@dataclass(frozen=True, slots=True)
class Scaling:
    """The limits between which a mapping scales, and its speed."""

    start: int = limits.POLLERS_AT_START
    usual: int = limits.POLLERS_AT_START  #: the limit to which a mapping returns after failures, and when it rests
    ceiling: int = limits.POLLERS_AT_MOST
    per_minute: int = limits.POLLERS_PER_MINUTE
    failing: int = 1  #: the lowest limit of a function that fails or is throttled
    quiet: int = limits.POLLERS_WHEN_QUIET  #: the limit of a mapping whose queue stays empty
    rests: bool = True  #: whether the limit falls when the queue is empty

    @classmethod
    def of(cls, mapping: EventSourceMapping) -> "Scaling":
        """Return how a mapping scales.

        A FIFO queue has a limit of its own: it returns no message of a group that has one in flight (ES-15).
        Provisioned pollers are always there: neither failures nor a quiet queue take the minimum away [MEM].
        """
        if pollers := mapping.provisioned_pollers:
            least, most = pollers.minimum, pollers.maximum
            start = least * limits.BATCHES_OF_A_POLLER
            ceiling = min(most * limits.BATCHES_OF_A_POLLER, limits.PROVISIONED_AT_MOST)
            return cls(start, start, ceiling, limits.PROVISIONED_PER_MINUTE, failing=start, quiet=start)
        maximum, fifo = mapping.maximum_concurrency, is_fifo(mapping.queue)
        ceiling = maximum or limits.POLLERS_AT_MOST
        usual = min(limits.POLLERS_AT_START, ceiling)
        start = ceiling if fifo else usual
        if maximum is None:
            return cls(start, usual, ceiling, rests=not fifo)
        return cls(start, usual, ceiling, failing=2, quiet=usual, rests=not fifo)


@dataclass(frozen=True, slots=True)
class Batches:
    """The batches of a mapping."""

    in_flight: int
    limit: int  #: how many may be in flight now
    maximum: int  #: the highest value of the limit


@dataclass(slots=True)
class Concurrency:
    """The current limit. It grows while it is reached, and shrinks when the function fails, is throttled or is idle."""

    scaling: Scaling = Scaling()
    limit: float = 0.0
    _since: float | None = None  #: since when the limit has been reached

    def __post_init__(self) -> None:
        self.limit = self.scaling.start

    @classmethod
    def of(cls, mapping: EventSourceMapping) -> "Concurrency":
        """Return the limit of a mapping that starts to poll."""
        return cls(Scaling.of(mapping))

    def batches(self, in_flight: int) -> Batches:
        """Return the number of batches in flight, with its limits."""
        return Batches(in_flight, int(self.limit), self.scaling.ceiling)

    def allows(self, in_flight: int, now: float) -> bool:
        """Return whether another batch may start at `now`, in seconds; asking at the limit makes the limit grow."""
        if in_flight < int(self.limit):
            self._since = None
            return True
        if self._since is not None:
            grown = self.limit + (now - self._since) * self.scaling.per_minute / 60
            self.limit = min(self.scaling.ceiling, grown)
        self._since = now
        return in_flight < int(self.limit)

    def follow(self, verdict: Verdict, *, report_batch_item_failures: bool) -> None:
        """Change the limit after a batch that was called; `back_off` is for each throttled call.

        With ReportBatchItemFailures a failed batch changes nothing (ES-27).
        """
        if verdict is Verdict.SUCCEEDED:
            self.recover()
        elif verdict is Verdict.FAILED and not report_batch_item_failures:
            self.back_off()

    def back_off(self) -> None:
        """Reduce the limit after a failed or throttled batch (ES-21, ES-22)."""
        self.limit = max(self.scaling.failing, self.limit / 2)
        self._since = None

    def rest(self) -> None:
        """Reduce the limit after an empty poll: to its start, and later to that of a quiet mapping (ES-13)."""
        if not self.scaling.rests:
            return
        floor = self.scaling.quiet if self.limit <= self.scaling.usual else self.scaling.usual
        self.limit = min(self.limit, floor)
        self._since = None

    def recover(self) -> None:
        """Raise a reduced limit by one, up to its start, after a batch succeeded."""
        self.limit = max(self.limit, min(self.scaling.usual, self.limit + 1))
