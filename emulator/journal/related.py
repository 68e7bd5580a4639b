"""Collects all that belongs to a request, from any of its ids: the application's, Lambda's, a trace's, a message's."""

from collections.abc import Sequence
from dataclasses import dataclass

from emulator.aws.trace_header import trace_root
from emulator.journal.entries import Entry, Kind, Line
from emulator.journal.store import JournalStore, LineFilter, Named

LINES = 500  #: of output, at most, for one request


@dataclass(frozen=True, slots=True)
class Related:
    """Everything in the journal about one request, in order of time."""

    entries: tuple[Entry, ...]
    lines: tuple[Line, ...]
    names: tuple[str, ...]  #: the application's request_id; several if it had more than one


def related(store: JournalStore, identifier: str, *, with_lines: bool = True) -> Related:
    """Return everything that belongs to an identifier; nothing if it is unknown.

    The trace header connects the stages of a request. Where it is lost, as behind RIE, the application's request_id
    connects them. If other requests were in the same batch, their own entries are left out.
    """
    identifier = trace_root(identifier) or identifier
    traces = _traces(store, identifier)
    requests_of_traces = _of_requests(store, traces)
    names = _names(store, identifier, requests_of_traces)
    named = _without_namesakes(store, store.named(names), requests_of_traces)
    entries = _entries(store, identifier, traces, named)
    requests = {entry.request_id for entry in entries if entry.kind is not Kind.BATCHED}
    wanted = (names or requests) if with_lines else ()
    found = dict(pair for name in wanted for pair in store.lines(LineFilter(name=name, limit=LINES)))
    lines = tuple(found[row] for row in sorted(found)[-LINES:])
    return Related(tuple(entries), lines, tuple(sorted(names)))


def _traces(store: JournalStore, identifier: str) -> set[str]:
    """Return an identifier's traces: those with this request_id, or else those of its invocation or message."""
    if store.entries("trace_id", [identifier]):
        return {identifier}
    named = store.column("trace_id", "names", "name", [identifier])
    return named or {
        trace
        for key in ("request_id", "message_id")
        for trace in store.column("trace_id", "entries", key, [identifier])
    }


def _names(store: JournalStore, identifier: str, own: set[str]) -> set[str]:
    """Return the application's request_id: the identifier itself, or those of its traces and messages."""
    messages = {identifier} | store.column("message_id", "entries", "trace_id", own)
    names = store.column("name", "names", "trace_id", own) | store.column("name", "names", "message_id", messages)
    return names | store.column("name", "names", "name", [identifier])


def _without_namesakes(store: JournalStore, named: Sequence[Named], own: set[str]) -> list[Named]:
    """Leave out other requests with the same request_id; they have another trace."""
    others = _of_requests(store, {entry.trace_id for entry in named} - own) if own else set()
    return [entry for entry in named if entry.trace_id not in others]


def _entries(store: JournalStore, identifier: str, traces: set[str], named: Sequence[Named]) -> list[Entry]:
    traces = traces | {entry.trace_id for entry in named}
    messages = {identifier} | {entry.message_id for entry in named}
    messages |= store.column("message_id", "entries", "trace_id", traces)
    requests = {identifier} | {entry.request_id for entry in named}
    requests |= store.column("request_id", "entries", "trace_id", traces)
    requests |= store.column("request_id", "entries", "message_id", messages)
    found = store.entries("trace_id", traces) | store.entries("message_id", messages)
    shared = store.entries("request_id", requests)
    known = bool(found)  # else its messages cannot be distinguished from others in its batch
    found |= {row: entry for row, entry in shared.items() if not known or entry.message_id in ("", *messages)}
    return [found[row] for row in sorted(found, key=lambda row: (found[row].at_ms, row))]


def _of_requests(store: JournalStore, traces: set[str]) -> set[str]:
    """Return the traces that belong to one request, without those that an invocation began for a batch of several."""
    entries = store.entries("trace_id", traces).values()
    calls = store.entries("request_id", {entry.request_id for entry in entries}).values()
    batches = {entry.request_id for entry in calls if entry.kind is Kind.BATCHED}
    return {entry.trace_id for entry in entries if entry.message_id or entry.request_id not in batches}
