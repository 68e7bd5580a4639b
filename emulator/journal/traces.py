"""Describes traces for clients: one trace in full, or a list with a summary of each."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from emulator.journal.entries import Entry, Kind
from emulator.journal.related import Related, related
from emulator.journal.store import JournalStore
from emulator.journal.trace import build

ROOTS = (Kind.ACCEPTED, Kind.RECEIVED, Kind.DEAD_LETTERED)  #: the entries by which requests are listed
TRACES = 2_000  #: latest requests that are searched for slow and failed ones


@dataclass(frozen=True, slots=True)
class TraceQuery:
    """Selects the traces to list."""

    limit: int
    since_ms: float = 0.0
    failed: bool = False  #: only requests that failed, or whose message waits to be tried again after a failure
    slowest: bool = False  #: slowest first; else newest first


def describe_trace(found: Related) -> dict[str, Any]:
    """Return a trace in full."""
    trace = build(found.entries, found.lines)
    spans, lines = [asdict(span) for span in trace.spans], [asdict(line) for line in found.lines]
    requests = sorted({entry.request_id for entry in found.entries if entry.request_id})
    ids = {"requests": requests, "traces": sorted({entry.trace_id for entry in found.entries if entry.trace_id})}
    return {**_summary(found), "messages": trace.messages, "ids": ids, "spans": spans, "lines": lines}


def latest_traces(store: JournalStore, wanted: TraceQuery) -> list[dict[str, Any]]:
    """Return summaries of the latest requests to function URLs, and of the latest messages of mappings."""
    rows = (row for row in _rows(store, wanted.since_ms) if not wanted.failed or row["failed"] or row["returns_ms"])
    if wanted.slowest:
        return sorted(rows, key=lambda row: -row["duration_ms"])[: wanted.limit]
    return [row for row, _ in zip(rows, range(wanted.limit), strict=False)]


def _rows(store: JournalStore, since_ms: float) -> Iterator[dict[str, Any]]:
    """Yield a summary of each request, newest first; a repeated or dead-lettered request appears once."""
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
        "file": trace.file,
        "failed": trace.failed,
        "complete": trace.complete,
        "returns_ms": trace.returns_ms,
        "why": why[-1] if (trace.failed or trace.returns_ms) and why else "",
    }
