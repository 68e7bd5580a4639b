"""Decides what happens to an accepted event before and after an attempt (RT-08, LA-04). Pure: the time is passed in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from emulator.aws.limits import EVENT_RETRY_WAITS_S, RECURSIONS, THROTTLE_WAIT_S
from emulator.aws.trace_header import lineage_count
from emulator.event_invocations.accepted_event import THROTTLED, AcceptedEvent, Attempt
from emulator.resources import EventInvokeConfig, Function


class Condition(Enum):
    """Why an event has ended; the values are those in invocation records."""

    SUCCESS = "Success"
    RETRIES_EXHAUSTED = "RetriesExhausted"
    EVENT_AGE_EXCEEDED = "EventAgeExceeded"
    ZERO_RESERVED_CONCURRENCY = "ZeroReservedConcurrency"
    RECURSIVE_INVOCATION = "RecursiveInvocation"  #: [MEM]: AWS documents that such an event ends, not this word


@dataclass(frozen=True, slots=True)
class Again:
    """The event is tried again after a wait."""

    event: AcceptedEvent
    wait_s: float


@dataclass(frozen=True, slots=True)
class EventEnd:
    """The event is not tried again."""

    event: AcceptedEvent
    condition: Condition


@dataclass(frozen=True, slots=True)
class Waits:
    """How long an event waits before another attempt. The waits may be shorter than on AWS, to save time."""

    before_retries_s: Sequence[float] = EVENT_RETRY_WAITS_S

    def after_failure(self, calls: int) -> float:
        """Return the wait after so many calls that failed."""
        waits = self.before_retries_s
        return float(waits[min(calls, len(waits)) - 1]) if waits else 0.0

    def after_throttle(self, throttles: int) -> float:
        """Return the wait after so many throttles: on AWS it doubles from 1 s to 5 minutes."""
        on_aws: int = min(THROTTLE_WAIT_S.low << min(throttles - 1, 16), THROTTLE_WAIT_S.high)
        return on_aws * self.after_failure(1) / EVENT_RETRY_WAITS_S[0]


def before_attempt(event: AcceptedEvent, config: EventInvokeConfig, function: Function, now: float) -> Condition | None:
    """Return why the event ends without another attempt; None if it is to be tried."""
    if function.reserved_concurrency == 0:
        return Condition.ZERO_RESERVED_CONCURRENCY
    if event.age_s(now) >= config.maximum_age_s:
        return Condition.EVENT_AGE_EXCEEDED
    if lineage_count(event.trace_header, event.function) > RECURSIONS:
        return Condition.RECURSIVE_INVOCATION
    return None


def after_attempt(
    event: AcceptedEvent, attempt: Attempt, config: EventInvokeConfig, *, now: float, waits: Waits
) -> Again | EventEnd:
    """Return what follows an attempt. An event whose age would pass its limit before the next attempt ends at once."""
    event = event.after(attempt)
    if not attempt.failed:
        return EventEnd(event, Condition.SUCCESS)
    if attempt.status == THROTTLED:
        wait_s, shortened_s = waits.after_throttle(event.throttles), 0.0
    elif event.calls > config.maximum_retries:
        return EventEnd(event, Condition.RETRIES_EXHAUSTED)
    else:
        wait_s = waits.after_failure(event.calls)
        shortened_s = EVENT_RETRY_WAITS_S[event.calls - 1] - wait_s
    later = replace(event, shortened_s=event.shortened_s + shortened_s)
    if later.age_s(now) + wait_s >= config.maximum_age_s:
        return EventEnd(event, Condition.EVENT_AGE_EXCEEDED)
    return Again(later, wait_s)
