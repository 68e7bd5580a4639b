"""How long an invocation took: the one definition behind REPORT lines, figures, traces and what is billed."""

import math
from dataclasses import dataclass

from emulator.journal.entries import Entry


@dataclass(frozen=True, slots=True)
class Durations:
    """One invocation's durations in milliseconds, as its REPORT line has them (RT-10)."""

    handler_ms: float  #: Duration: the handler's alone
    init_ms: float | None = None  #: Init Duration; None where no init phase belongs to this invocation
    init_inside: bool = False  #: the call had to wait for its init phase, as behind RIE; else it was over before

    @property
    def billed_ms(self) -> int:
        """Billed Duration: handler and init phase together, the next whole millisecond (RT-15)."""
        return math.ceil(round(self.handler_ms + (self.init_ms or 0.0), 2))


def of(ended: Entry) -> Durations:
    """Return the durations of an ENDED entry, whose `duration_ms` is the whole call's, with what was inside it."""
    call_ms = ended.number("duration_ms")
    if "init_ms" not in ended.detail:
        return Durations(call_ms)
    init_ms, inside = ended.number("init_ms"), bool(ended.detail.get("init_inside", True))
    handler_ms = round(max(0.0, call_ms - init_ms), 2) if inside else call_ms
    return Durations(handler_ms, init_ms, inside)
