"""Figures over a stretch of time."""

import pytest

from emulator.journal.counters import Counters
from emulator.journal.entries import Entry, Kind
from emulator.journal.stats import Entries, function_figures, percentiles, queue_figures, url_figures
from tests.unit.emulator.journal.requests import call, step, through_both, url


def by_kind(entries: list[Entry]) -> Entries:
    return {kind: [entry for entry in entries if entry.kind is kind] for kind in Kind}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], {}),
        ([7.0], {"average": 7, "p50": 7, "p95": 7, "p99": 7}),
        (list(range(1, 101)), {"average": 50.5, "p50": 50, "p95": 95, "p99": 99}),
    ],
)
def test_percentiles_are_values_that_were_measured(values: list[float], expected: dict[str, float]) -> None:
    assert percentiles(values) == expected


def test_calls_are_counted_by_how_they_ended_and_billed_by_the_millisecond() -> None:
    entries = [
        *call("a", 0, 10.2),
        *call("b", 0, 100, init_ms=60.0),
        *call("c", 0, 2000, outcome="timeout", reason="late"),
        *call("d", 0, 5, outcome="crash", reason="gone"),
        Entry(Kind.THROTTLED, 1, "worker", "e"),
    ]
    figures = function_figures(by_kind(entries))["worker"]
    assert {
        name: figures[name] for name in ("invocations", "errors", "timeouts", "crashes", "throttles", "cold_starts")
    } == {
        "invocations": 4,
        "errors": 2,
        "timeouts": 1,
        "crashes": 1,
        "throttles": 1,
        "cold_starts": 1,
    }
    assert figures["billed_ms"] == 11 + 100 + 2000 + 5
    assert figures["init_ms"]["p50"] == 60
    assert figures["duration_ms"]["p50"] == 10.2, "the init phase is told apart: 5, 10.2, 40, 2000"


def test_a_function_that_was_only_throttled_is_there() -> None:
    assert function_figures(by_kind([Entry(Kind.THROTTLED, 1, "shut", "e")]))["shut"]["throttles"] == 1


def test_queues_tell_the_wait_until_the_first_receive() -> None:
    entries = [*through_both(), step(Kind.RECEIVED, 9_000, "m3", sent_ms=10, receive_count=2)]
    figures = queue_figures(by_kind(entries))["jobs"]
    assert (figures["received"], figures["deleted"], figures["dead-lettered"]) == (3, 2, 0)
    assert figures["in_queue_ms"]["p50"] == 40


def test_urls_tell_the_callers_faults_from_ours() -> None:
    entries = [entry for status in (200, 400, 429, 502) for entry in url(0, 5, status)]
    assert {key: url_figures(by_kind(entries))["front"][key] for key in ("requests", "4xx", "5xx")} == {
        "requests": 4,
        "4xx": 2,
        "5xx": 1,
    }


def test_prometheus_gets_counts_and_how_things_stand() -> None:
    counters = Counters()
    for entry in [*through_both(), *call("x", 0, 5, outcome="crash", reason="gone")]:
        counters.count(entry)
    text = counters.exposition({"jobs": {"visible": 3}}, {"worker": {"in_flight": 2}}).decode()
    for sample in (
        'facepipe_invocations_total{function="worker",outcome="success"} 1.0',
        'facepipe_invocations_total{function="worker",outcome="crash"} 1.0',
        'facepipe_url_responses_total{function="front",status="200"} 1.0',
        'facepipe_messages_total{queue="jobs",step="deleted"} 2.0',
        'facepipe_queue_messages{queue="jobs",state="visible"} 3.0',
        'facepipe_environments{function="worker",state="in_flight"} 2.0',
        'facepipe_invocation_seconds_count{function="worker"} 2.0',
    ):
        assert sample in text
