"""What Lambda lets an account run at once: concurrent executions, new environments, requests a second."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from emulator.aws.limits import ACCOUNT_CONCURRENCY, SCALING_STEP, SCALING_STEP_S
from emulator.function_url.throttle import RequestRates
from emulator.resources import Function
from facepipe.forecast.reached_limits import Limit


@dataclass(slots=True)
class ScalingTokens:
    """How many environments a function may still add: 1,000, refilled evenly within ten seconds."""

    left: float = SCALING_STEP
    _since: float = 0.0

    def take(self, now: float) -> bool:
        """Take one if there is one."""
        self.left = min(SCALING_STEP, self.left + (now - self._since) * SCALING_STEP / SCALING_STEP_S)
        self._since = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass(slots=True)
class LambdaAccount:
    """The calls in flight of an account's functions in one region."""

    functions: Sequence[Function]
    clock: Callable[[], float]
    concurrency: int = ACCOUNT_CONCURRENCY
    in_flight: dict[str, int] = field(init=False)
    _unreserved: int = field(init=False)  #: left for the functions without reserved concurrency
    _unreserved_in_flight: int = 0
    _tokens: dict[str, ScalingTokens] = field(init=False)
    _rates: RequestRates = field(init=False)
    _reserved: dict[str, int | None] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing in flight."""
        self._reserved = {one.name: one.reserved_concurrency for one in self.functions}
        self.in_flight = dict.fromkeys(self._reserved, 0)
        self._unreserved = self.concurrency - sum(reserved or 0 for reserved in self._reserved.values())
        self._tokens = {name: ScalingTokens() for name in self._reserved}
        limited = {
            one.name: one
            if one.reserved_concurrency is not None
            else replace(one, reserved_concurrency=max(1, self._unreserved))
            for one in self.functions
        }
        self._rates = RequestRates(limited, self.clock)

    def admit(self, function: str, *, fresh: bool) -> Limit | None:
        """Count a call as in flight, or return the limit that refuses it; `fresh`: it needs a new environment."""
        reserved = self._reserved[function]
        if reserved is not None and self.in_flight[function] >= reserved:
            return Limit.RESERVED
        if reserved is None and self._unreserved_in_flight >= self._unreserved:
            return Limit.ACCOUNT
        if self._rates.excess(function):
            return Limit.REQUEST_RATE
        if fresh and not self._tokens[function].take(self.clock()):
            return Limit.SCALING_RATE
        self._count(function, 1)
        return None

    def release(self, function: str) -> None:
        """Note the end of a call."""
        self._count(function, -1)

    def _count(self, function: str, number: int) -> None:
        self.in_flight[function] += number
        if self._reserved[function] is None:
            self._unreserved_in_flight += number
