"""How many requests a second a function URL lets through: ten for each reserved execution (FU-25)."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from emulator.aws.limits import REQUESTS_PER_EXECUTION
from emulator.resources import Function

SECOND = 1.0


@dataclass(frozen=True, slots=True)
class RequestRates:
    """The requests of the last second, by function; `functions` as they are now."""

    functions: Mapping[str, Function]
    clock: Callable[[], float] = time.monotonic
    _admitted: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def excess(self, name: str) -> str:
        """Admit one request and return "", or say why not.

        Without reserved concurrency there is no such limit; with none at all, the pool refuses every call itself.
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
