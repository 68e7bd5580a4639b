"""Where one request's time went: entries → spans, as a pure function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from emulator.journal.entries import Entry, Kind

FAILED_STATUS = 500


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time; one of no length is a moment."""

    name: str
    start_ms: float  #: since the epoch
    end_ms: float
    note: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """All that is known of one request, in order of time."""

    spans: tuple[Span, ...]
    failed: bool
    complete: bool  #: nothing is known to be under way
    messages: tuple[str, ...] = field(default=())

    @property
    def start_ms(self) -> float:
        """When it began."""
        return min((span.start_ms for span in self.spans), default=0.0)

    @property
    def duration_ms(self) -> float:
        """From the first to the last that is known."""
        return max((span.end_ms for span in self.spans), default=0.0) - self.start_ms


def build(entries: Sequence[Entry]) -> Trace:
    """Return the trace of the entries that belong to one request."""
    invocations = _invocations(entries)
    spans = [span for invocation in invocations.values() for span in _of_invocation(*invocation)]
    spans += _of_messages(entries, invocations)
    spans += [span for entry in entries if (span := _moment(entry))]
    spans.sort(key=lambda span: (span.start_ms, span.end_ms))
    last = {entry.message_id: entry.kind for entry in entries if entry.message_id}
    failed = any(
        entry.kind is Kind.DEAD_LETTERED
        or (entry.kind is Kind.RESPONDED and int(str(entry.detail["status"])) >= FAILED_STATUS)
        for entry in entries
    )
    settled = (Kind.DELETED, Kind.DEAD_LETTERED, Kind.FILTERED, Kind.COLLECTED)
    complete = all(ended for _, ended, _ in invocations.values()) and all(kind in settled for kind in last.values())
    return Trace(tuple(spans), failed, complete, tuple(last))


_Invocation = tuple[Entry | None, Entry | None, bool]  #: INVOKED, ENDED, whether it came from a queue


def _invocations(entries: Sequence[Entry]) -> Mapping[str, _Invocation]:
    found: dict[str, _Invocation] = {}
    for entry in entries:
        started, ended, queued = found.get(entry.request_id, (None, None, False))
        if entry.kind is Kind.INVOKED:
            found[entry.request_id] = (entry, ended, queued)
        elif entry.kind is Kind.ENDED:
            found[entry.request_id] = (started, entry, queued)
        elif entry.kind is Kind.BATCHED:
            found[entry.request_id] = (started, ended, True)
    return found


def _of_invocation(started: Entry | None, ended: Entry | None, _queued: bool) -> list[Span]:
    spans = []
    if started and (waited := _number(started, "waited_ms")) >= 1:
        spans.append(Span("waiting for an environment", started.at_ms - waited, started.at_ms, started.function))
    if started and ended:
        init = _number(ended, "init_ms") if ended.detail.get("init_inside", True) else 0.0
        if init:
            spans.append(Span("cold start", started.at_ms, started.at_ms + init, started.function))
        outcome = str(ended.detail["outcome"])
        failed = outcome != "success"
        note = f"{outcome}: {ended.detail['reason']}" if failed else ended.environment
        spans.append(Span(ended.function, started.at_ms + init, ended.at_ms, note, failed))
    elif started:
        spans.append(Span(started.function, started.at_ms, started.at_ms, "running"))
    return spans


def _of_messages(entries: Sequence[Entry], invocations: Mapping[str, _Invocation]) -> list[Span]:
    """Return the time that each message spent in its queue, and between being received and its function's turn."""
    spans, received = [], {}
    for entry in entries:
        if entry.kind is Kind.RECEIVED:
            queue, count = str(entry.detail["queue"]), int(_number(entry, "receive_count"))
            again = f"received for the {count}. time" if count > 1 else ""
            spans.append(Span(f"in {queue}", _number(entry, "sent_ms") or entry.at_ms, entry.at_ms, again))
            received[entry.message_id] = entry
        elif entry.kind is Kind.BATCHED and entry.message_id in received:
            arrival = received[entry.message_id]
            started, _, _ = invocations.get(entry.request_id, (None, None, False))
            until = (started.at_ms - _number(started, "waited_ms")) if started else entry.at_ms
            if until - arrival.at_ms >= 1:
                spans.append(Span("batch window", arrival.at_ms, until, str(entry.detail["queue"])))
        elif entry.kind is Kind.COLLECTED:
            sent = _number(entry, "sent_ms") or entry.at_ms
            spans.append(Span(f"in {entry.detail['queue']}", sent, entry.at_ms, "collected"))
    return spans


def _moment(entry: Entry) -> Span | None:
    """Return an entry that is worth a row of its own."""
    detail = entry.detail
    match entry.kind:
        case Kind.ACCEPTED:
            return Span("accepted", entry.at_ms, entry.at_ms, f"{detail['method']} {detail['path']}")
        case Kind.RESPONDED:
            status = int(str(detail["status"]))
            note = f"{status} {detail.get('reason', '')}".strip()
            return Span("responded", entry.at_ms, entry.at_ms, note, status >= FAILED_STATUS)
        case Kind.RETURNED | Kind.DEAD_LETTERED:
            note = f"{detail['queue']}: {detail.get('reason', '')}"
            return Span(entry.kind.value, entry.at_ms, entry.at_ms, note, failed=True)
        case Kind.DELETED | Kind.FILTERED:
            return Span(entry.kind.value, entry.at_ms, entry.at_ms, str(detail["queue"]))
        case Kind.THROTTLED:
            return Span("throttled", entry.at_ms, entry.at_ms, entry.function, failed=True)
        case _:
            return None


def _number(entry: Entry, name: str) -> float:
    return float(str(entry.detail.get(name) or 0))
