"""Traces as they are told: one in full, or a line each of many."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from emulator.journal.entries import Entry, Kind
from emulator.journal.related import Related, related
from emulator.journal.store import JournalStore
from emulator.journal.trace import build

ROOTS = (Kind.ACCEPTED, Kind.DEAD_LETTERED)  #: what a request is known by
TRACES = 2_000  #: of the latest requests that the slowest and the failed are looked for among


@dataclass(frozen=True, slots=True)
class TraceQuery:
    """Which traces to list."""

    limit: int
    since_ms: float = 0.0
    failed: bool = False  #: only these
    slowest: bool = False  #: first; else the latest


def told(found: Related) -> dict[str, Any]:
    """Return all of one trace."""
    trace = build(found.entries, found.lines)
    spans, lines = [asdict(span) for span in trace.spans], [asdict(line) for line in found.lines]
    return {**_summary(found), "messages": trace.messages, "spans": spans, "lines": lines}


def latest(store: JournalStore, wanted: TraceQuery) -> list[dict[str, Any]]:
    """Return a line each of the latest requests that came in by a URL, and of dead letters."""
    rows = (row for row in _rows(store, wanted.since_ms) if row["failed"] or not wanted.failed)
    if wanted.slowest:
        return sorted(rows, key=lambda row: -row["duration_ms"])[: wanted.limit]
    return [row for row, _ in zip(rows, range(wanted.limit), strict=False)]


def _rows(store: JournalStore, since_ms: float) -> Iterator[dict[str, Any]]:
    """Yield one line a request, the latest first: one sent again, or with a dead letter, is one."""
    entries = [entry for kind in ROOTS for entry in store.recent(kind, since_ms=since_ms, limit=TRACES)]
    seen: set[str] = set()
    for root in sorted(entries, key=lambda entry: -entry.at_ms)[:TRACES]:
        if _identity(root) not in seen:
            found = related(store, _identity(root), with_lines=False)
            seen |= {_identity(entry) for entry in (root, *found.entries) if entry.kind in ROOTS}
            yield {"identifier": _identity(root), **_summary(found)}


def _identity(entry: Entry) -> str:
    return entry.trace_id or entry.message_id or entry.request_id


def _summary(found: Related) -> dict[str, Any]:
    trace = build(found.entries)
    why = [span.note for span in trace.spans if span.failed and span.note]
    return {
        "names": found.names,
        "start_ms": trace.start_ms,
        "duration_ms": trace.duration_ms,
        "failed": trace.failed,
        "complete": trace.complete,
        "why": why[-1] if trace.failed and why else "",
    }
