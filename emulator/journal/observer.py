"""Listens to the emulator's events and turns them into journal entries and Lambda's own log lines."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from emulator.aws.trace_header import trace_root
from emulator.events import (
    DebuggerHolds,
    DebuggerReleases,
    EnvironmentEnded,
    EnvironmentReady,
    EnvironmentReset,
    Event,
    ExtensionInitialised,
    InitEnded,
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
    StatusIgnored,
)
from emulator.invocation import Invocation
from emulator.journal import durations
from emulator.journal.entries import Entry, Kind, application_name, file_name, message_labels, structured
from emulator.journal.journal import Journal
from emulator.journal.output import Output
from emulator.journal.reports import ERROR, Conclusion, InitReport, lambdas_type

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
    """The listener of all events; it is called with each."""

    journal: Journal
    arn: Callable[[str], str]  #: returns the ARN of the function with a name
    output: Output = field(init=False)

    def __post_init__(self) -> None:
        self.output = Output(self.journal, self.arn)

    def __call__(self, event: Event) -> None:
        """Process an event."""
        entry = to_entry(event) if self.journal.is_on or isinstance(event, InvocationEnded) else None
        if entry:
            self.journal.note(entry)
        match event:
            case LineWritten():
                self.output.take(event.environment, event.function, event.text)
            case OutputComplete():
                self.output.complete(event.environment, event.request_id, event.peak_mb)
            case StatusIgnored():
                self.journal.counters.count_ignored(event.function, event.messages)
            case EnvironmentEnded() | InitEnded() | ExtensionInitialised():
                self._note_environment(event)
            case _:
                self._note_call(event, entry)

    def _note_call(self, event: Event, entry: Entry | None) -> None:
        match event:
            case InvocationThrottled():
                self.output.refuse(event.invocation, event.reason)
            case InvocationStarted():
                self.output.start(event.environment, event.invocation, event.function)
            case InvocationWithdrawn():
                self.output.withdraw(event.environment, event.reason)
            case InvocationEnded() if entry:
                took = durations.read_durations(entry)
                outcome = replace(event.outcome, duration_ms=took.handler_ms)
                self.output.end(event.environment, outcome, init_ms=took.init_ms)

    def _note_environment(self, event: EnvironmentEnded | InitEnded | ExtensionInitialised) -> None:
        if isinstance(event, EnvironmentEnded):
            self.output.interrupt(event.environment)
        elif isinstance(event, ExtensionInitialised):
            self.output.extension(event)
        else:
            self._note_init(event)

    def _note_init(self, event: InitEnded) -> None:
        conclusion = Conclusion(event.status, lambdas_type(event.error_type) if event.status == ERROR else "")
        report = InitReport(event.duration_ms, event.inside_call, conclusion)
        self.output.initialised(event.environment, event.function, report)


def to_entry(event: Event) -> Entry | None:
    """Return the journal entry for an event; None if there is none."""
    match event:
        case MessageEvent():
            return _message_entry(event)
        case RequestAccepted() | RequestAnswered():
            return _request_entry(event)
        case EnvironmentReady():
            return Entry(Kind.ENVIRONMENT_READY, function=event.function, environment=event.environment)
        case EnvironmentReset():
            entry = Entry(Kind.ENVIRONMENT_ENDED, function=event.function, environment=event.environment)
            return replace(entry, detail={"reason": event.reason})
        case DebuggerHolds():
            return _hold_entry(event)
        case InvocationThrottled():
            return _invocation_entry(Kind.THROTTLED, event.invocation, "", {"reason": event.reason})
        case InvocationStarted():
            detail: dict[str, object] = {"waited_ms": round(event.waited_ms, 2)}
            if event.waited_for:
                detail["waited_for"] = event.waited_for
            return _invocation_entry(Kind.INVOKED, event.invocation, event.environment, detail)
        case InvocationEnded():
            return _invocation_entry(Kind.ENDED, event.invocation, event.environment, _end(event))
        case _:
            return None


def _invocation_entry(kind: Kind, invocation: Invocation, environment: str, detail: Mapping[str, object]) -> Entry:
    return Entry(
        kind,
        function=invocation.function,
        request_id=invocation.request_id,
        trace_id=trace_root(invocation.trace_id),
        environment=environment,
        detail=detail,
    )


def _hold_entry(event: DebuggerHolds) -> Entry:
    kind, detail = Kind.HELD, dict[str, object]()
    if isinstance(event, DebuggerReleases):
        kind, detail = Kind.RELEASED, {"held_ms": round(event.held_ms, 2)}
    return Entry(
        kind,
        function=event.function,
        request_id=event.request_id,
        trace_id=trace_root(event.trace_header),
        environment=event.environment,
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


def _request_entry(event: RequestAccepted | RequestAnswered) -> Entry:
    name, detail = "", dict[str, object]()
    if isinstance(event, RequestAccepted):
        kind, at_ms, content = Kind.ACCEPTED, event.at_s * 1000, message_labels(event.body)
        name = application_name(content)
        detail = {"method": event.method, "path": event.path, "bytes": event.size_bytes, **_file(content)}
    else:
        kind, at_ms = Kind.RESPONDED, time.time() * 1000
        detail = {"status": event.status, "latency_ms": round(event.latency_ms, 2)}
        if event.status >= FAILED_STATUS:
            name, detail["reason"] = application_name(structured(event.body)), event.reason
    trace_id = trace_root(event.trace_header)
    return Entry(kind, at_ms, event.function, event.request_id, trace_id, name=name, detail=detail)


def _file(content: Mapping[str, object]) -> dict[str, object]:
    name = file_name(content)
    return {"filename": name} if name else {}


def _message_entry(event: MessageEvent) -> Entry:
    detail: dict[str, object] = {"queue": event.queue}
    request_id = name = ""
    match event:
        case MessageReceived():
            content = message_labels(event.body)
            name = application_name(content)
            received = {"sent_ms": event.sent_ms, "receive_count": event.receive_count, "bytes": event.size_bytes}
            detail = {**detail, **received, **_file(content)}
        case MessageBatched() | MessageDeleted():
            request_id = event.invocation_id
        case MessageReturned():
            detail["reason"] = event.reason
            if type(event) is MessageReturned:
                detail["visible_ms"] = round((time.time() + event.visible_in_s) * 1000)
            request_id, name = event.invocation_id, application_name(message_labels(event.body))
    return Entry(
        _MESSAGE_KINDS[type(event)],
        request_id=request_id,
        trace_id=trace_root(event.trace_header),
        message_id=event.message_id,
        name=name,
        detail=detail,
    )
