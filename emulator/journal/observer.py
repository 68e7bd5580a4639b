"""The journal's side of events: what happened becomes entries, and the lines that Lambda itself writes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from emulator.aws.trace_header import trace_root
from emulator.events import (
    EnvironmentEnded,
    EnvironmentReady,
    EnvironmentReset,
    Event,
    InvocationEnded,
    InvocationStarted,
    InvocationThrottled,
    InvocationWithdrawn,
    LineWritten,
    MessageBatched,
    MessageDeadLettered,
    MessageDeleted,
    MessageEvent,
    MessageFiltered,
    MessageReceived,
    MessageReturned,
    OutputComplete,
    RequestAccepted,
    RequestAnswered,
)
from emulator.invocation import Invocation
from emulator.journal import durations
from emulator.journal.entries import Entry, Kind, name_in, structured
from emulator.journal.journal import Journal
from emulator.journal.output import Output

FAILED_STATUS = 400
_MESSAGE_KINDS = {
    MessageReceived: Kind.RECEIVED,
    MessageFiltered: Kind.FILTERED,
    MessageBatched: Kind.BATCHED,
    MessageDeleted: Kind.DELETED,
    MessageReturned: Kind.RETURNED,
    MessageDeadLettered: Kind.DEAD_LETTERED,
}


@dataclass(slots=True)
class Observer:
    """Listens to everything; calling it with an event is how it is told."""

    journal: Journal
    output: Output = field(init=False)

    def __post_init__(self) -> None:
        self.output = Output(self.journal)

    def __call__(self, event: Event) -> None:
        """Take one event."""
        entry = entry_of(event)
        if entry:
            self.journal.note(entry)
        match event:
            case LineWritten():
                self.output.take(event.environment, event.function, event.text)
            case OutputComplete():
                self.output.complete(event.environment, event.request_id, event.peak_mb)
            case EnvironmentEnded():
                self.output.interrupt(event.environment)
            case InvocationThrottled():
                self.output.refuse(event.invocation, event.reason)
            case InvocationStarted():
                self.output.start(event.environment, event.invocation, event.function)
            case InvocationWithdrawn():
                self.output.withdraw(event.environment, event.reason)
            case InvocationEnded() if entry:
                took = durations.of(entry)
                outcome = replace(event.outcome, duration_ms=took.handler_ms)
                self.output.end(event.environment, outcome, init_ms=took.init_ms)


def entry_of(event: Event) -> Entry | None:
    """Return the journal's entry about an event; None for what makes none."""
    match event:
        case MessageEvent():
            return _of_message(event)
        case RequestAccepted() | RequestAnswered():
            return _of_request(event)
        case EnvironmentReady():
            return Entry(Kind.ENVIRONMENT_READY, function=event.function, environment=event.environment)
        case EnvironmentReset():
            entry = Entry(Kind.ENVIRONMENT_ENDED, function=event.function, environment=event.environment)
            return replace(entry, detail={"reason": event.reason})
        case InvocationThrottled():
            return _of_invocation(Kind.THROTTLED, event.invocation, "", {"reason": event.reason})
        case InvocationStarted():
            detail: dict[str, object] = {"waited_ms": round(event.waited_ms, 2)}
            if event.waited_for:
                detail["waited_for"] = event.waited_for
            return _of_invocation(Kind.INVOKED, event.invocation, event.environment, detail)
        case InvocationEnded():
            return _of_invocation(Kind.ENDED, event.invocation, event.environment, _end(event))
        case _:
            return None


def _of_invocation(kind: Kind, invocation: Invocation, environment: str, detail: Mapping[str, object]) -> Entry:
    return Entry(
        kind,
        function=invocation.function,
        request_id=invocation.request_id,
        trace_id=trace_root(invocation.trace_id),
        environment=environment,
        detail=detail,
    )


def _end(event: InvocationEnded) -> dict[str, object]:
    outcome = event.outcome
    detail: dict[str, object] = {"outcome": outcome.kind.value, "duration_ms": round(outcome.duration_ms, 2)}
    if event.init_ms is not None:
        detail["init_ms"] = round(event.init_ms, 2)
        detail["init_inside"] = event.init_inside
    if outcome.reason:
        detail["reason"] = outcome.reason
    return detail


def _of_request(event: RequestAccepted | RequestAnswered) -> Entry:
    name, detail = "", dict[str, object]()
    if isinstance(event, RequestAccepted):
        kind, at_ms = Kind.ACCEPTED, event.at_s * 1000
        detail = {"method": event.method, "path": event.path, "bytes": event.size_bytes}
    else:
        kind, at_ms = Kind.RESPONDED, time.time() * 1000
        detail = {"status": event.status, "latency_ms": round(event.latency_ms, 2)}
        if event.status >= FAILED_STATUS:
            name, detail["reason"] = name_in(structured(event.body)), event.reason
    trace_id = trace_root(event.trace_header)
    return Entry(kind, at_ms, event.function, event.request_id, trace_id, name=name, detail=detail)


def _of_message(event: MessageEvent) -> Entry:
    detail: dict[str, object] = {"queue": event.queue}
    request_id = name = ""
    match event:
        case MessageReceived():
            told = {"sent_ms": event.sent_ms, "receive_count": event.receive_count, "bytes": event.size_bytes}
            detail = {**detail, **told}
        case MessageBatched() | MessageDeleted():
            request_id = event.invocation_id
        case MessageReturned():
            detail["reason"] = event.reason
            request_id, name = event.invocation_id, name_in(structured(event.body))
    return Entry(
        _MESSAGE_KINDS[type(event)],
        request_id=request_id,
        trace_id=trace_root(event.trace_header),
        message_id=event.message_id,
        name=name,
        detail=detail,
    )
