"""The durations of an invocation, as REPORT lines, figures and traces use them."""

import math
from dataclasses import dataclass

from emulator.journal.entries import Entry


@dataclass(frozen=True, slots=True)
class Durations:
    """The durations of one invocation in milliseconds, as in its REPORT line (RT-10)."""

    handler_ms: float  #: Duration: the handler only
    init_ms: float | None = None  #: Init Duration; None if no init phase belongs to this invocation
    init_inside: bool = False  #: the init phase was part of the call, as with RIE; else it ended before

    @property
    def billed_ms(self) -> int:
        """Billed Duration: handler plus init phase, rounded up to whole milliseconds (RT-15)."""
        return math.ceil(round(self.handler_ms + (self.init_ms or 0.0), 2))


def read_durations(ended: Entry) -> Durations:
    """Return the durations from an ENDED entry; its `duration_ms` includes an init phase inside the call."""
    call_ms = ended.number("duration_ms")
    if "init_ms" not in ended.detail:
        return Durations(call_ms)
    init_ms, inside = ended.number("init_ms"), bool(ended.detail.get("init_inside", True))
    handler_ms = round(max(0.0, call_ms - init_ms), 2) if inside else call_ms
    return Durations(handler_ms, init_ms, inside)
