"""Where a request's time went."""

import json

import pytest

from emulator.aws.trace_header import trace_root
from emulator.journal.entries import Entry, Kind
from emulator.journal.trace import Span, build, has_failed, stages
from tests.unit.emulator.journal.requests import TRACE, call, line, step, through_both, url


def spans(*entries: Entry) -> dict[str, Span]:
    return {span.name: span for span in build(sorted(entries, key=lambda entry: entry.at_ms)).spans}


def test_the_whole_way_of_a_request_is_spans_in_order_of_time() -> None:
    trace = build([entry for entry in through_both() if entry.message_id != "m2"])
    names = [(span.name, span.start_ms, span.end_ms) for span in trace.spans]
    assert names == [
        ("accepted", 0, 0),
        ("front", 10, 90),
        ("in jobs", 80, 120),
        ("responded", 100, 100),
        ("batching", 120, 150),
        ("worker", 150, 200),
        ("in results", 190, 300),
        ("deleted", 210, 210),
    ]
    assert (trace.start_ms, trace.duration_ms, trace.failed, trace.complete) == (0, 300, False, True)
    assert trace.messages == ("m1", "m9")


def test_a_wait_and_a_cold_start_have_rows_of_their_own() -> None:
    invoked, ended = call("r", 50, 250, init_ms=120.0)
    waited = Entry(Kind.INVOKED, invoked.at_ms, "worker", "r", detail={"waited_ms": 40.0})
    found = spans(waited, ended)
    assert (found["waiting for an environment"].start_ms, found["waiting for an environment"].end_ms) == (10, 50)
    assert (found["cold start"].start_ms, found["cold start"].end_ms) == (50, 170)
    assert (found["worker"].start_ms, found["worker"].end_ms) == (170, 250)


@pytest.mark.parametrize("what", ["a cold start", "an environment (all 5 are busy)"])
def test_what_a_call_waited_for_is_named(what: str) -> None:
    detail = {"waited_ms": 40.0, "waited_for": what}
    (span,) = [
        one
        for one in build([Entry(Kind.INVOKED, 50, "worker", "r", detail=detail)]).spans
        if one.end_ms == 50 and one.start_ms == 10
    ]
    assert span.name == f"waiting for {what}"


def test_a_call_that_was_not_made_says_why() -> None:
    (span,) = build([Entry(Kind.THROTTLED, 50, "worker", "r", detail={"reason": "worker waits for itself"})]).spans
    assert (span.note, span.failed) == ("worker: worker waits for itself", True)


def test_what_has_not_ended_is_under_way() -> None:
    invoked, _ = call("r", 5, 9)
    trace = build([invoked])
    assert not trace.complete
    assert trace.spans[0].note == "still running"


def test_a_message_that_returns_waits_from_then_on_and_fails_only_as_a_dead_letter() -> None:
    first = [
        step(Kind.RECEIVED, 10, "m", sent_ms=5, receive_count=1),
        step(Kind.RETURNED, 20, "m", reason="it raised"),
        step(Kind.RECEIVED, 50, "m", sent_ms=5, receive_count=2),
    ]
    again = next(span for span in build(first).spans if span.note == "received for the 2. time")
    assert (again.start_ms, again.end_ms) == (20, 50)
    assert not has_failed(first)
    dead = [*first, step(Kind.DEAD_LETTERED, 60, "m", reason="it raised")]
    assert has_failed(dead)
    assert build(dead).complete
    assert not build(first).complete


@pytest.mark.parametrize(
    ("statuses", "failed"), [([200], False), ([400], True), ([502], True), ([429, 502, 200], False)]
)
def test_a_request_that_succeeds_at_a_later_try_has_not_failed(statuses: list[int], failed: bool) -> None:
    entries = [entry for number, status in enumerate(statuses) for entry in url(number, number, status)]
    assert has_failed(entries) is failed


def test_a_failed_call_says_how_and_why() -> None:
    span = spans(*call("r", 0, 9, outcome="timeout", reason="Task timed out after 2.00 seconds"))["worker"]
    assert span.failed
    assert span.note == "timeout: Task timed out after 2.00 seconds"


def test_stages_are_the_numbers_that_a_function_tells_one_after_another() -> None:
    text = json.dumps({"event": "done", "request_id": "x", "detection_ms": 30.0, "faces": 3, "publish_ms": 5})
    found = list(stages(line(100, text)))
    assert [(span.name, span.start_ms, span.end_ms) for span in found] == [("publish", 95, 100), ("detection", 65, 95)]
    assert all(span.is_part for span in found)


@pytest.mark.parametrize(
    "text", ["plain", '{"a_ms": "text"}', '{"a_ms": -1}', '{"accepted_ms": 1764091825000}', "{", "[1]"]
)
def test_what_is_no_stage_is_none(text: str) -> None:
    assert list(stages(line(100, text))) == []


def test_nothing_is_an_empty_trace() -> None:
    assert build([]).duration_ms == 0


@pytest.mark.parametrize(
    ("header", "root"),
    [(f"Root={TRACE};Parent=0;Sampled=1", TRACE), (f"Self=1-2-3; Root={TRACE}", TRACE), ("", ""), ("nonsense", "")],
)
def test_a_trace_is_known_by_its_root(header: str, root: str) -> None:
    assert trace_root(header) == root
