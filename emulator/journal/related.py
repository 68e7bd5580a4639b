"""What belongs to one request, whichever of its ids one has: the application's, Lambda's, a trace's or a message's."""

from collections.abc import Sequence
from dataclasses import dataclass

from emulator.aws.trace_header import trace_root
from emulator.journal.entries import Entry, Kind, Line
from emulator.journal.store import JournalStore, LineFilter, Named

LINES = 500  #: of one request's that are told


@dataclass(frozen=True, slots=True)
class Related:
    """All that the journal has of one request, in order of time."""

    entries: tuple[Entry, ...]
    lines: tuple[Line, ...]
    names: tuple[str, ...]  #: what the application calls it


def related(store: JournalStore, identifier: str, *, with_lines: bool = True) -> Related:
    """Return what belongs to an identifier; nothing when it is not known.

    A trace header leads from stage to stage; where one is lost on the way, as behind RIE, what the application calls
    the request does. Other requests may have shared an invocation with it, in one batch: what is theirs alone is left
    out.
    """
    identifier = trace_root(identifier) or identifier
    traces = _traces(store, identifier)
    own = _of_requests(store, traces)
    names = _names(store, identifier, own)
    named = _without_namesakes(store, store.named(names), own)
    entries = _entries(store, identifier, traces, named)
    requests = {entry.request_id for entry in entries if entry.kind is not Kind.BATCHED}
    wanted = (names or requests) if with_lines else ()
    found = dict(pair for name in wanted for pair in store.lines(LineFilter(name=name, limit=LINES)))
    lines = tuple(found[row] for row in sorted(found)[-LINES:])
    return Related(tuple(entries), lines, tuple(sorted(names)))


def _traces(store: JournalStore, identifier: str) -> set[str]:
    """Return the traces that an identifier means: what its name says, else those of its invocation or message."""
    if store.entries("trace_id", [identifier]):
        return {identifier}
    named = store.column("trace_id", "names", "name", [identifier])
    return named or {
        trace
        for key in ("request_id", "message_id")
        for trace in store.column("trace_id", "entries", key, [identifier])
    }


def _names(store: JournalStore, identifier: str, own: set[str]) -> set[str]:
    """Return what the application calls the request: the identifier itself, or what its traces and messages tell."""
    messages = {identifier} | store.column("message_id", "entries", "trace_id", own)
    names = store.column("name", "names", "trace_id", own) | store.column("name", "names", "message_id", messages)
    return names | store.column("name", "names", "name", [identifier])


def _without_namesakes(store: JournalStore, named: Sequence[Named], own: set[str]) -> list[Named]:
    """Leave out what is about other requests of the same name: where ours has a trace, they have another."""
    others = _of_requests(store, {one.trace_id for one in named} - own) if own else set()
    return [one for one in named if one.trace_id not in others]


def _entries(store: JournalStore, identifier: str, traces: set[str], named: Sequence[Named]) -> list[Entry]:
    traces = traces | {one.trace_id for one in named}
    messages = {identifier} | {one.message_id for one in named}
    messages |= store.column("message_id", "entries", "trace_id", traces)
    requests = {identifier} | {one.request_id for one in named}
    requests |= store.column("request_id", "entries", "trace_id", traces)
    requests |= store.column("request_id", "entries", "message_id", messages)
    found = store.entries("trace_id", traces) | store.entries("message_id", messages)
    shared = store.entries("request_id", requests)
    known = bool(found)  # else nothing tells its messages from those of the same batch
    found |= {row: entry for row, entry in shared.items() if not known or entry.message_id in ("", *messages)}
    return [found[row] for row in sorted(found, key=lambda row: (found[row].at_ms, row))]


def _of_requests(store: JournalStore, traces: set[str]) -> set[str]:
    """Return those of some traces that are one request's: not what an invocation began for a batch of several."""
    entries = store.entries("trace_id", traces).values()
    calls = store.entries("request_id", {entry.request_id for entry in entries}).values()
    batches = {entry.request_id for entry in calls if entry.kind is Kind.BATCHED}
    return {entry.trace_id for entry in entries if entry.message_id or entry.request_id not in batches}
