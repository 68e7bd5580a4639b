"""Figures over a stretch of time: entries → counts and percentiles, as pure functions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.journal import durations
from emulator.journal.entries import Entry, Kind

PERCENTILES = (50, 95, 99)
SETTLING = (Kind.DELETED, Kind.RETURNED, Kind.DEAD_LETTERED, Kind.FILTERED)
KINDS = (
    Kind.RESPONDED,
    Kind.THROTTLED,
    Kind.INVOKED,
    Kind.ENDED,
    Kind.RECEIVED,
    *SETTLING,
)  #: that figures are made of

Entries = Mapping[Kind, Sequence[Entry]]  #: of a stretch of time, by kind
Figures = dict[str, dict[str, Any]]


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return the average and the percentiles (nearest rank) of some values; nothing of none."""
    if not values:
        return {}
    ordered = sorted(values)
    ranks = {f"p{p}": ordered[max(0, -(-len(ordered) * p // 100) - 1)] for p in PERCENTILES}
    return {name: round(value, 1) for name, value in {"average": sum(ordered) / len(ordered), **ranks}.items()}


def of_functions(entries: Entries) -> Figures:
    """Return each function's figures; durations are those of the REPORT lines."""
    figures = {}
    for name in sorted({entry.function for kind in (Kind.ENDED, Kind.THROTTLED) for entry in entries[kind]}):
        ended = [entry for entry in entries[Kind.ENDED] if entry.function == name]
        outcomes = Counter(entry.text("outcome") for entry in ended)
        took = [durations.of(entry) for entry in ended]
        inits = [one.init_ms for one in took if one.init_ms is not None]
        waits = [entry.number("waited_ms") for entry in entries[Kind.INVOKED] if entry.function == name]
        figures[name] = {
            "invocations": len(ended),
            "errors": len(ended) - outcomes["success"],
            "timeouts": outcomes["timeout"],
            "crashes": outcomes["crash"],
            "throttles": sum(entry.function == name for entry in entries[Kind.THROTTLED]),
            "cold_starts": len(inits),
            "billed_ms": sum(one.billed_ms for one in took),
            "duration_ms": percentiles([one.handler_ms for one in took]),
            "init_ms": percentiles(inits),
            "wait_ms": percentiles(waits),
        }
    return figures


def of_queues(entries: Entries) -> Figures:
    """Return each mapped queue's figures: how long messages lay in it until they were received for the first time."""
    figures = {}
    for queue in sorted({entry.text("queue") for kind in (Kind.RECEIVED, *SETTLING) for entry in entries[kind]}):
        received = [entry for entry in entries[Kind.RECEIVED] if entry.text("queue") == queue]
        first = [entry for entry in received if entry.number("receive_count") == 1]
        figures[queue] = {
            "received": len(received),
            **{kind.value: sum(entry.text("queue") == queue for entry in entries[kind]) for kind in SETTLING},
            "in_queue_ms": percentiles([max(0.0, entry.at_ms - entry.number("sent_ms")) for entry in first]),
        }
    return figures


def of_urls(entries: Entries) -> Figures:
    """Return the function URLs' figures."""
    figures = {}
    for name in sorted({entry.function for entry in entries[Kind.RESPONDED]}):
        own = [entry for entry in entries[Kind.RESPONDED] if entry.function == name]
        statuses = [int(entry.number("status")) for entry in own]
        figures[name] = {
            "requests": len(own),
            "4xx": sum(400 <= status < 500 for status in statuses),
            "5xx": sum(status >= 500 for status in statuses),
            "latency_ms": percentiles([entry.number("latency_ms") for entry in own]),
        }
    return figures
