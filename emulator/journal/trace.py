"""Builds a request's trace: spans of time from its entries and lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from emulator.aws.limits import TIMEOUT_S
from emulator.journal import durations
from emulator.journal.entries import Entry, Kind, Line, structured

FAILED_STATUS = 400
LONGEST_STAGE_MS = TIMEOUT_S.high * 1000  #: Lambda's longest timeout
SETTLED = (Kind.DELETED, Kind.DEAD_LETTERED, Kind.FILTERED, Kind.COLLECTED)


@dataclass(frozen=True, slots=True)
class Span:
    """A period of time; without length it is a moment."""

    name: str
    start_ms: float  #: since 1970
    end_ms: float
    note: str = ""
    failed: bool = False
    is_part: bool = False  #: a stage within the preceding invocation, from the function's own log


@dataclass(frozen=True, slots=True)
class Trace:
    """The known spans of one request, in order of time."""

    spans: tuple[Span, ...]
    failed: bool
    complete: bool  #: no part of it is known to be in progress
    messages: tuple[str, ...] = ()
    returns_ms: float = 0.0  #: when a message that failed becomes visible again, since 1970; 0: no message waits so
    file: str = ""  #: the name of the application's file, if its messages have one

    @property
    def start_ms(self) -> float:
        """The beginning of the first span."""
        return min((span.start_ms for span in self.spans), default=0.0)

    @property
    def duration_ms(self) -> float:
        """The time from the beginning of the first span to the end of the last."""
        return max((span.end_ms for span in self.spans), default=0.0) - self.start_ms


@dataclass(frozen=True, slots=True)
class _InvocationSpan:
    """The known entries of one invocation."""

    invoked: Entry | None = None
    ended: Entry | None = None

    @property
    def arrived_ms(self) -> float | None:
        """When the wait for the invocation began."""
        return self.invoked.at_ms - self.invoked.number("waited_ms") if self.invoked else None


def build(entries: Sequence[Entry], lines: Sequence[Line] = ()) -> Trace:
    """Return the trace of one request from its entries and lines, both in order of time."""
    calls = _calls(entries)
    spans = [span for call in calls.values() for span in _call_spans(call)]
    spans += [span for line in lines for span in stages(line)]
    spans += _message_spans(entries, calls)
    spans += _hold_spans(entries)
    spans += [span for entry in entries if (span := _moment(entry))]
    spans.sort(key=lambda span: (span.start_ms, span.is_part, -span.end_ms))
    last = {entry.message_id: entry for entry in entries if entry.message_id}
    complete = all(call.ended for call in calls.values()) and all(entry.kind in SETTLED for entry in last.values())
    waiting = [entry.number("visible_ms") or entry.at_ms for entry in last.values() if entry.kind is Kind.RETURNED]
    files = [entry.text("filename") for entry in entries if entry.text("filename")]
    failed, file = has_failed(entries), files[0] if files else ""
    return Trace(tuple(spans), failed, complete, tuple(last), 0.0 if failed else min(waiting, default=0.0), file)


def has_failed(entries: Sequence[Entry]) -> bool:
    """Return whether a request failed in the end; success at a later attempt counts as success.

    This follows from the URL's responses and the ends of its messages. If neither is known, it follows from the last
    call of each function: a call through Lambda's API, or for a message without a known request_id.
    """
    statuses = [entry.number("status") for entry in entries if entry.kind is Kind.RESPONDED]
    if statuses and min(statuses) >= FAILED_STATUS:
        return True
    judged = {entry.request_id for entry in entries if entry.kind in (Kind.ACCEPTED, Kind.BATCHED)}
    calls = [entry for entry in entries if entry.kind is Kind.ENDED and entry.request_id not in judged]
    outcomes = {entry.function: entry.text("outcome") for entry in calls}
    unsuccessful = any(outcome != "success" for outcome in outcomes.values())
    return unsuccessful or any(entry.kind is Kind.DEAD_LETTERED for entry in entries)


def stages(line: Line) -> Iterator[Span]:
    """Yield the stages in a structured line: its numbers named …_ms, one after another, ending at the line's time."""
    end = line.at_ms
    content = structured(line.text)
    for name, value in reversed(list(content.items())):
        if name.endswith("_ms") and isinstance(value, int | float) and 0 <= value < LONGEST_STAGE_MS:
            yield Span(name.removesuffix("_ms"), end - value, end, is_part=True)
            end -= value


def _calls(entries: Sequence[Entry]) -> Mapping[str, _InvocationSpan]:
    found: dict[str, _InvocationSpan] = {}
    for entry in entries:
        known = found.get(entry.request_id, _InvocationSpan())
        if entry.kind is Kind.INVOKED:
            found[entry.request_id] = _InvocationSpan(entry, known.ended)
        elif entry.kind is Kind.ENDED:
            found[entry.request_id] = _InvocationSpan(known.invoked, entry)
    return found


def _call_spans(call: _InvocationSpan) -> Iterator[Span]:
    started, ended = call.invoked, call.ended
    if started is None:
        return
    if (waited := started.number("waited_ms")) >= 1:
        what = started.text("waited_for") or "an environment"
        yield Span(f"waiting for {what}", started.at_ms - waited, started.at_ms, started.function)
    if ended is None:
        yield Span(started.function, started.at_ms, started.at_ms, "still running")
        return
    took, begin, note = durations.read_durations(ended), started.at_ms, ended.environment
    if took.init_ms is not None and took.init_inside:
        begin += took.init_ms
        yield Span("cold start", started.at_ms, begin, started.function)
    elif took.init_ms is not None:  # no call waited for it, except one that waited for the environment
        note = f"{note}; its init phase took {took.init_ms:.0f} ms, before this call"
    outcome = ended.text("outcome")
    failed = outcome != "success"
    note = f"{outcome}: {_reason(ended)}" if failed else note
    yield Span(ended.function, begin, begin + took.handler_ms, note, failed)


def _message_spans(entries: Sequence[Entry], calls: Mapping[str, _InvocationSpan]) -> Iterator[Span]:
    """Yield each message's time in its queue, and from its receive to its invocation."""
    received: dict[str, Entry] = {}
    returned: dict[str, float] = {}
    for entry in entries:
        queue = entry.text("queue")
        if entry.kind is Kind.RECEIVED:
            count = int(entry.number("receive_count"))
            again = f"received for the {count}. time" if count > 1 else ""
            since = returned.get(entry.message_id) or entry.number("sent_ms") or entry.at_ms
            yield Span(f"in {queue}", min(since, entry.at_ms), entry.at_ms, again)
            received[entry.message_id] = entry
        elif entry.kind is Kind.RETURNED:
            returned[entry.message_id] = entry.at_ms
        elif entry.kind is Kind.BATCHED and entry.message_id in received:
            arrival = received[entry.message_id].at_ms
            until = calls.get(entry.request_id, _InvocationSpan()).arrived_ms or entry.at_ms
            if until - arrival >= 1:
                yield Span("batching", arrival, until, queue)
        elif entry.kind is Kind.COLLECTED:
            sent = entry.number("sent_ms") or entry.at_ms
            yield Span(f"in {queue}", min(sent, entry.at_ms), entry.at_ms, "collected")


def _hold_spans(entries: Sequence[Entry]) -> Iterator[Span]:
    """Yield the times in which a debugger held a function; a hold that lasts is a moment."""
    holds: dict[str, Entry] = {}
    for entry in entries:
        if entry.kind is Kind.HELD:
            holds[entry.request_id] = entry
        elif entry.kind is Kind.RELEASED:
            holds.pop(entry.request_id, None)
            begin = entry.at_ms - entry.number("held_ms")
            yield Span(Kind.HELD.value, begin, entry.at_ms, entry.function, is_part=True)
    for entry in holds.values():
        yield Span(Kind.HELD.value, entry.at_ms, entry.at_ms, f"{entry.function}; still held", is_part=True)


def _moment(entry: Entry) -> Span | None:
    """Return an entry as a moment, if it deserves a row of its own."""
    match entry.kind:
        case Kind.ACCEPTED:
            note, failed = f"{entry.text('method')} {entry.text('path')}", False
        case Kind.RESPONDED:
            status = int(entry.number("status"))
            note, failed = f"{status} {_reason(entry)}".strip(), status >= FAILED_STATUS
        case Kind.RETURNED | Kind.DEAD_LETTERED:
            note, failed = f"{entry.text('queue')}: {_reason(entry)}", True
        case Kind.DELETED | Kind.FILTERED:
            note, failed = entry.text("queue"), False
        case Kind.THROTTLED:
            note, failed = f"{entry.function}: {_reason(entry) or 'above its reserved concurrency'}", True
        case _:
            return None
    return Span(entry.kind.value, entry.at_ms, entry.at_ms, note, failed)


def _reason(entry: Entry) -> str:
    """Return an entry's reason without the request id."""
    return entry.text("reason").replace(f"RequestId: {entry.request_id} Error: ", "")
