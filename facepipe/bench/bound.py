"""How many photos a second a machine could do at most, and how near a run came to it; as pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from facepipe.bench.processor_times import CLIENT

LOCAL_SHARE, CONTAINER_SHARE = 0.85, 0.7  #: of the bound, wanted with enough photos in flight
IN_FLIGHT = 8  #: so many are enough on two cores
ALONE_FACTOR, ALONE_REST_MS = 1.15, 8.0  #: one photo at a time: at most so many times the handlers' own time, and this


@dataclass(frozen=True, slots=True)
class HandlerCost:
    """What one call of a handler costs in a process of one thread, with sends that are answered at once."""

    function: str
    wall_ms: float  #: with the machine to itself
    processor_ms: float  #: while as many such processes as there are cores work at once


@dataclass(frozen=True, slots=True)
class Bound:
    """The handlers' cost beside one run."""

    cores: int
    rate_per_s: float  #: the run's throughput
    client_ms: float  #: processor time of the client for a photo
    handlers: Sequence[HandlerCost]
    alone_ms: float  #: median latency of a photo when one is in flight at a time
    share_wanted: float

    @property
    def handlers_ms(self) -> float:
        """Processor time of all handlers for a photo."""
        return sum(handler.processor_ms for handler in self.handlers)

    @property
    def most_per_s(self) -> float:
        """Photos a second if the cores did nothing but run the client, at the run's rate, and the handlers."""
        client_cores = self.client_ms / 1000 * self.rate_per_s
        return (self.cores - client_cores) / (self.handlers_ms / 1000)

    @property
    def share(self) -> float:
        """The share of the bound that the run reached."""
        return self.rate_per_s / self.most_per_s

    @property
    def alone_most_ms(self) -> float:
        """The latency that a photo alone may have."""
        return ALONE_FACTOR * sum(handler.wall_ms for handler in self.handlers) + ALONE_REST_MS

    def share_without_idling(self, processor_ms: Mapping[str, float]) -> float:
        """Return the share that these parts' processor times allow, if the cores are never idle and do nothing else.

        Other work on the machine lowers the run's throughput much, and this little.
        """
        return self.handlers_ms / sum(used for part, used in processor_ms.items() if part != CLIENT)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON has it."""
        results = {"most_per_s": self.most_per_s, "share": self.share, "alone_most_ms": self.alone_most_ms}
        return {**asdict(self), **{name: round(value, 3) for name, value in results.items()}}

    def lines(self, processor_ms: Mapping[str, float], *, in_flight: int) -> list[str]:
        """Return the bound in words, and the processor time of each part beside what its handler needs alone.

        With fewer photos in flight than keep the cores busy, the share says nothing, and no aim is held against it.
        """
        client, handlers = f"{self.client_ms:.1f} ms × {self.rate_per_s:.1f}/s of the client", f"{self.handlers_ms:.1f}"
        aim = (
            f" (wanted: {self.share_wanted:g}, {_met(self.share >= self.share_wanted)})"
            if in_flight >= IN_FLIGHT
            else ""
        )
        alone = sum(handler.wall_ms for handler in self.handlers)
        left = f"bound: {self.cores} cores − {client}, ÷ {handlers} ms of the handlers"
        single = f"one photo at a time: {self.alone_ms:.0f} ms; its handlers alone {alone:.0f} ms"
        most = f"{self.alone_most_ms:.0f} ms are wanted ({_met(self.alone_ms <= self.alone_most_ms)})"
        first = f"{left} = {self.most_per_s:.1f} photos a second; the run reached {self.share:.2f} of it{aim}"
        if any(part != CLIENT for part in processor_ms):
            first += f"; its processor times allow {self.share_without_idling(processor_ms):.2f} at most"
        return [first, f"{single}, so at most {most}"] + [
            f"{handler.function}: {handler.processor_ms:.1f} ms of processor time in its handler alone,"
            f" {processor_ms.get(handler.function, 0.0):.1f} ms in its environments"
            for handler in self.handlers
        ]


def _met(is_met: bool) -> str:
    return "met" if is_met else "missed"
