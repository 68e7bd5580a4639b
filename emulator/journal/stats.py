"""Computes counts and percentiles from the entries of a period."""

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
)  #: the kinds of entries that figures need

Entries = Mapping[Kind, Sequence[Entry]]  #: of a period, by kind
Figures = dict[str, dict[str, Any]]


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return the average and the percentiles (nearest rank); an empty dict without values."""
    if not values:
        return {}
    ordered = sorted(values)
    ranks = {f"p{p}": ordered[max(0, -(-len(ordered) * p // 100) - 1)] for p in PERCENTILES}
    return {name: round(value, 1) for name, value in {"average": sum(ordered) / len(ordered), **ranks}.items()}


def function_figures(entries: Entries) -> Figures:
    """Return each function's figures, with the durations of REPORT lines."""
    figures = {}
    for name in sorted({entry.function for kind in (Kind.ENDED, Kind.THROTTLED) for entry in entries[kind]}):
        ended = [entry for entry in entries[Kind.ENDED] if entry.function == name]
        outcomes = Counter(entry.text("outcome") for entry in ended)
        took = [durations.read_durations(entry) for entry in ended]
        inits = [call.init_ms for call in took if call.init_ms is not None]
        waits = [entry.number("waited_ms") for entry in entries[Kind.INVOKED] if entry.function == name]
        figures[name] = {
            "invocations": len(ended),
            "errors": len(ended) - outcomes["success"],
            "timeouts": outcomes["timeout"],
            "crashes": outcomes["crash"],
            "throttles": sum(entry.function == name for entry in entries[Kind.THROTTLED]),
            "cold_starts": len(inits),
            "billed_ms": sum(call.billed_ms for call in took),
            "duration_ms": percentiles([call.handler_ms for call in took]),
            "init_ms": percentiles(inits),
            "wait_ms": percentiles(waits),
        }
    return figures


def queue_figures(entries: Entries) -> Figures:
    """Return each mapped queue's figures, such as the time from sending a message to its first receive."""
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


def url_figures(entries: Entries) -> Figures:
    """Return each function URL's figures."""
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
