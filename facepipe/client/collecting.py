"""One run of `facepipe collect`: until all results are there, or cannot come, or the time is over."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from facepipe.client.attached_debuggers import is_debugging
from facepipe.client.collect import ResultSource
from facepipe.client.fates import Fates
from facepipe.client.result_view import ResultView

FIRST_LOOK_S = 2.0  #: after this time without a result it is asked why
LOOKS = 10  #: of these questions, after each long poll


@dataclass(slots=True)
class Collecting:
    """Collects the results of some requests; without any ids, all that come."""

    request_ids: Sequence[str]
    timeout_s: float
    fates: Fates
    view: ResultView
    missing: dict[str, str] = field(default_factory=dict)  #: request ids without a result, and why they have none
    came: int = 0  #: how many results
    _stopped: bool = False

    def __post_init__(self) -> None:
        """Begin with all results missing."""
        self.missing = dict.fromkeys(self.request_ids, "stopped before its result came")

    def stop(self) -> None:
        """End the run within a second or so."""
        self._stopped = True

    def run(self, collector: ResultSource) -> None:
        """Show results as they come, and take their requests off `missing`."""
        started = time.monotonic()
        end, waiting = started + self.timeout_s, dict(self.missing)
        while (waiting or not self.request_ids) and time.monotonic() < end and not self._stopped:
            for answer in collector.poll(waiting if self.request_ids else None, wait_s=1):
                self.view.result(answer)
                self.came += 1
                waiting.pop(answer.request_id, None)
                self.missing.pop(answer.request_id, None)
            if time.monotonic() >= end and is_debugging(self.fates.debuggers()):
                end = time.monotonic() + self.timeout_s
            if time.monotonic() - started > FIRST_LOOK_S:
                self._ask_for_fates(waiting, end - time.monotonic())
        if not self._stopped:
            for request_id in waiting:
                words = self.fates.look(request_id, 0.0).words
                self.missing[request_id] = f"no result within {self.timeout_s:g} s{words and f': {words}'}"

    def _ask_for_fates(self, waiting: dict[str, str], left_s: float) -> None:
        """Wait no longer for results that cannot come. The next ones are asked for after the next poll, in turn."""
        for request_id in list(waiting)[:LOOKS]:
            waiting[request_id] = waiting.pop(request_id)  # behind those that were not asked for yet
            fate = self.fates.look(request_id, left_s)
            if fate.is_final:
                del waiting[request_id]
                self.missing[request_id] = fate.end_of_wait
