"""What belongs to one request, whichever of its ids one has: the application's, Lambda's, a trace's or a message's."""

from dataclasses import dataclass

from emulator.journal.entries import Entry, Kind, Line, trace_root
from emulator.journal.store import LineFilter, Store

LINES = 500  #: of one request's that are told


@dataclass(frozen=True, slots=True)
class Related:
    """All that the journal has of one request, in order of time."""

    entries: tuple[Entry, ...]
    lines: tuple[Line, ...]
    names: tuple[str, ...]  #: what the application calls it


def related(store: Store, identifier: str, *, with_lines: bool = True) -> Related:
    """Return what belongs to an identifier; nothing when it is not known.

    Other requests may have shared an invocation with it, in one batch: what is theirs alone is left out.
    """
    entries = _entries(store, trace_root(identifier) or identifier)
    requests = {entry.request_id for entry in entries if entry.kind is not Kind.BATCHED}
    traces, messages = ({getattr(entry, key) for entry in entries} for key in ("trace_id", "message_id"))
    names = store.column("name", "names", "trace_id", traces) | store.column("name", "names", "message_id", messages)
    if store.column("request_id", "names", "name", [identifier]):
        names.add(identifier)
    wanted = (names or requests) if with_lines else ()
    found = dict(pair for name in wanted for pair in store.lines(LineFilter(name=name, limit=LINES)))
    lines = tuple(found[row] for row in sorted(found)[-LINES:])
    return Related(tuple(entries), lines, tuple(sorted(names)))


def _entries(store: Store, identifier: str) -> list[Entry]:
    traces = _traces(store, identifier)
    messages = {identifier} | store.column("message_id", "entries", "trace_id", traces)
    requests = {identifier} | store.column("request_id", "names", "name", [identifier])
    if traces:
        requests = store.column("request_id", "entries", "trace_id", traces)
    else:
        messages |= store.column("message_id", "names", "name", [identifier])
    requests |= store.column("request_id", "entries", "message_id", messages)
    found = store.entries("trace_id", traces) | store.entries("message_id", messages)
    shared = store.entries("request_id", requests)
    known = bool(found)  # else nothing tells its messages from those of the same batch
    found |= {row: entry for row, entry in shared.items() if not known or entry.message_id in ("", *messages)}
    return [found[row] for row in sorted(found, key=lambda row: (found[row].at_ms, row))]


def _traces(store: Store, identifier: str) -> set[str]:
    """Return the traces that an identifier means: what its name says, else those of its invocation or message."""
    if store.entries("trace_id", [identifier]):
        return {identifier}
    named = store.column("trace_id", "names", "name", [identifier])
    return named or {
        trace
        for key in ("request_id", "message_id")
        for trace in store.column("trace_id", "entries", key, [identifier])
    }
