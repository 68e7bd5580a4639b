"""A rule for faults: which fault, in which function's calls or batches, and how often."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

MOST_CALLS = 1_000_000  #: that a rule may name
MOST_SECONDS = 900.0  #: of a slow call: the longest timeout of a function
_SLOW = re.compile(r"slow=([0-9]{1,4}(?:\.[0-9]{1,3})?)s?")


class FaultKind(Enum):
    """The kinds of faults. The last three concern the batches of the function's event source mappings."""

    ERROR = "error"  #: the call fails as if the handler had raised an exception; the handler is not called
    TIMEOUT = "timeout"  #: the call lasts as long as Timeout allows, and fails; the environment starts anew
    CRASH = "crash"  #: the call fails as if the runtime had exited; the environment starts anew
    OUT_OF_MEMORY = "oom"  #: like a crash, with the kernel's reason
    THROTTLE = "throttle"  #: the call is refused as above the reserved concurrency
    SLOW = "slow"  #: the call begins some seconds later, which count as its duration
    DUPLICATE = "duplicate"  #: a batch is delivered a second time after it was processed
    LOST_DELETE = "lost-delete"  #: a processed batch is not deleted, and comes back after the visibility timeout
    LATE = "late"  #: a processed batch is only deleted after its visibility timeout, when others may have received it


CALL_FAULTS = frozenset({FaultKind.ERROR, FaultKind.TIMEOUT, FaultKind.CRASH, FaultKind.OUT_OF_MEMORY, FaultKind.SLOW})
THROTTLES = frozenset({FaultKind.THROTTLE})
BATCH_FAULTS = frozenset({FaultKind.DUPLICATE, FaultKind.LOST_DELETE, FaultKind.LATE})


class FaultRuleError(ValueError):
    """A rule cannot be used; the message names the field and the cure."""


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One rule. It ends after `calls` faults, or when it is switched off; a restart forgets it."""

    function: str
    kind: FaultKind
    slow_s: float = 0.0  #: of a slow call
    calls: int | None = None  #: how many calls or batches are left; None: all until it is switched off
    rate: float = 1.0  #: the share of the calls or batches, from above 0 to 1

    @property
    def reason(self) -> str:
        """The reason of what the rule does, for log, trace and answers."""
        return f"injected by `facepipe fault {self.function} {self.text}`"

    @property
    def text(self) -> str:
        """The kind as it is written on the command line."""
        return f"{self.kind.value}={self.slow_s:g}s" if self.kind is FaultKind.SLOW else self.kind.value

    def describe(self) -> dict[str, object]:
        """Return the rule as `read_rule` takes it."""
        return {"function": self.function, "kind": self.text, "calls": self.calls, "rate": self.rate}


def read_rule(content: object) -> FaultRule:
    """Read a rule from parsed JSON. Raises `FaultRuleError`."""
    if not isinstance(content, Mapping):
        raise FaultRuleError("give an object with function and kind")
    unknown = sorted(set(content) - {"function", "kind", "calls", "rate"})
    if unknown:
        raise FaultRuleError(f"{unknown[0]} is unknown; give function, kind, and calls or rate")
    function = content.get("function")
    if not isinstance(function, str) or not function:
        raise FaultRuleError("function is missing; name the function")
    kind, slow_s = _kind(content.get("kind"))
    return FaultRule(function, kind, slow_s, _calls(content.get("calls")), _rate(content.get("rate")))


def _kind(text: Any) -> tuple[FaultKind, float]:
    if isinstance(text, str) and (slow := _SLOW.fullmatch(text)):
        seconds = float(slow[1])
        if not 0 < seconds <= MOST_SECONDS:
            raise FaultRuleError(f"kind is {text!r}; give from above 0 to {MOST_SECONDS:g} seconds")
        return FaultKind.SLOW, seconds
    try:
        kind = FaultKind(text)
    except ValueError:
        names = ", ".join("slow=2s" if known is FaultKind.SLOW else known.value for known in FaultKind)
        raise FaultRuleError(f"kind is {text!r}; choose one of {names}") from None
    if kind is FaultKind.SLOW:
        raise FaultRuleError("kind is 'slow'; say how slow, as in slow=2s")
    return kind, 0.0


def _calls(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_CALLS:
        raise FaultRuleError(f"calls is {value!r}; give a whole number from 1 to {MOST_CALLS:,}")
    return value


def _rate(value: Any) -> float:
    if value is None:
        return 1.0
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 1:
        raise FaultRuleError(f"rate is {value!r}; give a number from above 0 to 1, as 0.1 for every tenth call")
    return float(value)
