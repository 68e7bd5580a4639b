"""Figures over a stretch of time: entries → counts and percentiles, as pure functions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.journal.entries import Entry, Kind

PERCENTILES = (50, 95, 99)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return the average and the percentiles (nearest rank) of some values; nothing of none."""
    if not values:
        return {}
    ordered = sorted(values)
    ranks = {f"p{p}": ordered[max(0, -(-len(ordered) * p // 100) - 1)] for p in PERCENTILES}
    return {name: round(value, 1) for name, value in {"average": sum(ordered) / len(ordered), **ranks}.items()}


def of_functions(ended: Sequence[Entry], invoked: Sequence[Entry], throttled: Sequence[Entry]) -> dict[str, Any]:
    """Return each function's figures."""
    functions = sorted({entry.function for entry in (*ended, *throttled)})
    return {name: _of_function(name, ended, invoked, throttled) for name in functions}


def _of_function(
    name: str, ended: Sequence[Entry], invoked: Sequence[Entry], throttled: Sequence[Entry]
) -> dict[str, Any]:
    own = [entry for entry in ended if entry.function == name]
    outcomes = Counter(str(entry.detail["outcome"]) for entry in own)
    return {
        "invocations": len(own),
        "errors": sum(n for outcome, n in outcomes.items() if outcome != "success"),
        "timeouts": outcomes["timeout"],
        "crashes": outcomes["crash"],
        "throttles": sum(entry.function == name for entry in throttled),
        "cold_starts": sum("init_ms" in entry.detail for entry in own),
        "duration_ms": percentiles([_number(entry, "duration_ms") for entry in own]),
        "init_ms": percentiles([_number(entry, "init_ms") for entry in own if "init_ms" in entry.detail]),
        "wait_ms": percentiles([_number(entry, "waited_ms") for entry in invoked if entry.function == name]),
    }


def of_queues(received: Sequence[Entry], settled: Mapping[Kind, Sequence[Entry]]) -> dict[str, Any]:
    """Return each mapped queue's figures: how long messages lay in it until they were received for the first time."""
    queues = sorted({str(entry.detail["queue"]) for entry in received})
    return {
        queue: {
            "received": sum(entry.detail["queue"] == queue for entry in received),
            **{
                kind.value: sum(entry.detail["queue"] == queue for entry in entries)
                for kind, entries in settled.items()
            },
            "in_queue_ms": percentiles(
                [
                    max(0.0, entry.at_ms - _number(entry, "sent_ms"))
                    for entry in received
                    if entry.detail["queue"] == queue and _number(entry, "receive_count") == 1
                ]
            ),
        }
        for queue in queues
    }


def of_urls(responded: Sequence[Entry]) -> dict[str, Any]:
    """Return the function URLs' figures."""
    functions = sorted({entry.function for entry in responded})
    figures: dict[str, Any] = {}
    for name in functions:
        own = [entry for entry in responded if entry.function == name]
        statuses = Counter(int(str(entry.detail["status"])) for entry in own)
        figures[name] = {
            "requests": len(own),
            "4xx": sum(n for status, n in statuses.items() if 400 <= status < 500),
            "5xx": sum(n for status, n in statuses.items() if status >= 500),
            "latency_ms": percentiles([_number(entry, "latency_ms") for entry in own]),
        }
    return figures


def _number(entry: Entry, name: str) -> float:
    return float(str(entry.detail.get(name) or 0))
