"""Limits a function URL's requests per second: ten for each reserved concurrent execution (FU-25)."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from emulator.aws.limits import REQUESTS_PER_EXECUTION
from emulator.resources import Function

SECOND = 1.0


@dataclass(frozen=True, slots=True)
class RequestRates:
    """Counts the requests of the last second by function."""

    functions: Mapping[str, Function]
    clock: Callable[[], float] = time.monotonic
    _admitted: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def excess(self, name: str) -> str:
        """Count a request and return an empty text; if it exceeds the limit, return the reason.

        Without reserved concurrency there is no limit; with a reservation of 0, the pool refuses every call.
        """
        reserved, admitted, now = self.functions[name].reserved_concurrency, self._admitted[name], self.clock()
        while admitted and now - admitted[0] >= SECOND:
            admitted.popleft()
        most = (reserved or 0) * REQUESTS_PER_EXECUTION
        if reserved and len(admitted) >= most:
            return (
                f"Rate Exceeded: more than {most} requests a second, {REQUESTS_PER_EXECUTION} for each of"
                f" ReservedConcurrentExecutions ({reserved}); raise it, or send less a second"
            )
        if reserved:
            admitted.append(now)
        return ""
