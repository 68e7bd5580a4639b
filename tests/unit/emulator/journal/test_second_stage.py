"""A request whose second stage fails: under way while its message comes back, failed as a dead letter, never well.

The entries are those that really come. A function whose second stage's message carries the trace header (facepipe's
own, or any behind `runtime-api`) leaves one trace. Behind RIE the header does not reach the function (docs/rie.md, RIE-4):
the message comes without it, its invocation begins a trace of its own, and the application's `request_id` is what
leads from one stage to the other.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from emulator.journal.entries import Entry, Kind, Line
from emulator.journal.related import related
from emulator.journal.store import MEMORY, JournalStore
from emulator.journal.trace import Trace, build
from emulator.journal.traces import TraceQuery, latest_traces
from tests.unit.emulator.journal.requests import OTHER, TRACE, call, line, step, url

OWN = "1-00000009-eeeeeeeeeeeeeeeeeeeeeeee"  #: begun by an invocation whose messages have no trace, or several

HEADER = pytest.mark.parametrize("header", [TRACE, ""], ids=["runtime-api", "rie"])
IDS = pytest.mark.parametrize("identifier", ["photo-1", TRACE, "url", "m1"])


@pytest.fixture
def store() -> Iterator[JournalStore]:
    store = JournalStore(MEMORY)
    yield store
    store.close()


def first_stage() -> tuple[list[Entry], list[Line]]:
    """A POST that was answered well; the function told what its caller calls the request."""
    entries = [*url(0, 100, 200), *call("url", 10, 90, trace=TRACE, function="front")]
    return entries, [line(20, '{"request_id": "photo-1"}', request="url", name="photo-1", trace_id=TRACE)]


def attempt(number: int, end: Kind, *, header: str, visible_ms: float = 0, **ended: str) -> list[Entry]:
    """The message is received for the `number`. time, with a neighbour of another request."""
    at, batch = 1_000.0 * number, f"batch-{number}"
    kept: dict[str, Any] = (
        {"reason": "the function reported 1 of 2 as failed", "name": "photo-1"} if end is not Kind.DELETED else {}
    )
    kept |= {"visible_ms": visible_ms} if end is Kind.RETURNED else {}
    return [
        step(Kind.RECEIVED, at, "m1", trace=header, sent_ms=80, receive_count=number),
        step(Kind.RECEIVED, at, "m2", trace=OTHER, sent_ms=80, receive_count=1),
        step(Kind.BATCHED, at + 1, "m1", trace=header, request=batch),
        step(Kind.BATCHED, at + 1, "m2", trace=OTHER, request=batch),
        *call(batch, at + 2, at + 50, trace=OWN, **ended),
        step(end, at + 60, "m1", trace=header, request=batch, **kept),
        step(Kind.DELETED, at + 60, "m2", trace=OTHER, request=batch),
    ]


def trace_of(store: JournalStore, identifier: str) -> Trace:
    return build(related(store, identifier).entries)


@HEADER
@IDS
def test_while_its_message_comes_back_a_request_is_under_way(store: JournalStore, header: str, identifier: str) -> None:
    entries, lines = first_stage()
    store.write([*entries, *attempt(1, Kind.RETURNED, header=header)], lines)
    trace = trace_of(store, identifier)
    assert (trace.failed, trace.complete) == (False, False)
    names = [span.name for span in trace.spans]
    assert {"accepted", "front", "responded", "in jobs", "worker", "returned"} <= set(names)


@HEADER
@IDS
def test_a_request_whose_message_is_a_dead_letter_has_failed(store: JournalStore, header: str, identifier: str) -> None:
    entries, lines = first_stage()
    crash: dict[str, Any] = {"outcome": "crash", "reason": "gone"}
    store.write(
        [
            *entries,
            *attempt(1, Kind.RETURNED, header=header, **crash),
            *attempt(2, Kind.DEAD_LETTERED, header=header, **crash),
        ],
        lines,
    )
    trace = trace_of(store, identifier)
    assert (trace.failed, trace.complete) == (True, True)
    row, neighbour = latest_traces(store, TraceQuery(9))
    assert row["failed"], "one request is one line, which says how it ended"
    assert row["names"] == ("photo-1",)
    assert (neighbour["identifier"], neighbour["failed"]) == (OTHER, False)


@HEADER
def test_a_request_whose_message_waits_to_be_tried_again_is_listed_with_when(store: JournalStore, header: str) -> None:
    entries, lines = first_stage()
    store.write([*entries, *attempt(1, Kind.RETURNED, header=header, visible_ms=91_000)], lines)
    (row,) = latest_traces(store, TraceQuery(9, failed=True))
    assert (row["names"], row["failed"], row["complete"]) == (("photo-1",), False, False)
    assert (row["returns_ms"], row["why"]) == (91_000, "jobs: the function reported 1 of 2 as failed")
    store.write(attempt(2, Kind.DELETED, header=header), [])
    assert latest_traces(store, TraceQuery(9, failed=True)) == []


@HEADER
def test_a_request_is_not_complete_while_its_message_is_in_the_second_function(
    store: JournalStore, header: str
) -> None:
    """Behind RIE nothing but the message's own request_id says whose it is, until the function writes a line."""
    entries, lines = first_stage()
    received, _, batched, *_ = attempt(1, Kind.DELETED, header=header)
    store.write([*entries, replace(received, name="photo-1"), batched], lines)
    assert not trace_of(store, TRACE).complete


def test_a_message_that_no_url_has_sent_is_a_request_of_its_own(store: JournalStore) -> None:
    received = step(Kind.RECEIVED, 10, "m7", name="direct", filename="a b.jpg")
    store.write([received, step(Kind.RETURNED, 20, "m7", name="direct", reason="crash", visible_ms=5_000)], [])
    (row,) = latest_traces(store, TraceQuery(9, failed=True))
    assert (row["names"], row["file"], row["why"]) == (("direct",), "a b.jpg", "jobs: crash")


@HEADER
@IDS
def test_a_request_that_succeeds_when_its_message_comes_again_is_complete(
    store: JournalStore, header: str, identifier: str
) -> None:
    entries, lines = first_stage()
    store.write([*entries, *attempt(1, Kind.RETURNED, header=header), *attempt(2, Kind.DELETED, header=header)], lines)
    trace = trace_of(store, identifier)
    assert (trace.failed, trace.complete) == (False, True)


def test_a_second_stage_that_only_says_whose_it_is_is_followed_to_its_end(store: JournalStore) -> None:
    """Its message is not known for this request's: nothing has named it, and others came in the same batch."""
    entries, lines = first_stage()
    lines.append(line(1_010, '{"request_id": "photo-1"}', request="batch-1", name="photo-1", trace_id=OWN))
    received = attempt(1, Kind.RETURNED, header="", outcome="crash", reason="gone")[:-2]
    store.write([*entries, *received[:5]], lines)
    assert not trace_of(store, "photo-1").complete, "its function still runs"
    store.write(received[5:], [])
    assert trace_of(store, "photo-1").failed
    lines = [line(2_010, '{"request_id": "photo-1"}', request="batch-2", name="photo-1", trace_id=OWN)]
    store.write(attempt(2, Kind.DELETED, header=""), lines)
    trace = trace_of(store, "photo-1")
    assert (trace.failed, trace.complete) == (False, True)


def test_another_request_of_the_same_name_keeps_its_own_end(store: JournalStore) -> None:
    third = "1-00000003-cccccccccccccccccccccccc"
    again = [*url(9_000, 9_100, 200, trace=third)]
    entries, lines = first_stage()
    lines.append(line(9_050, '{"request_id": "photo-1"}', request="url-9000", name="photo-1", trace_id=third))
    store.write([*entries, *attempt(1, Kind.DEAD_LETTERED, header=TRACE), *again], lines)
    assert trace_of(store, TRACE).failed
    assert not trace_of(store, third).failed
    listed = [(row["identifier"], row["failed"]) for row in latest_traces(store, TraceQuery(9))]
    assert listed == [(third, False), (TRACE, True), (OTHER, False)]


def test_a_neighbour_in_the_batch_is_another_request(store: JournalStore) -> None:
    entries, lines = first_stage()
    lines += [
        line(1_010, '{"request_id": "photo-1"}', request="batch-1", name="photo-1", trace_id=OWN),
        line(1_011, '{"request_id": "photo-2"}', request="batch-1", name="photo-2", trace_id=OWN),
    ]
    store.write([*entries, *attempt(1, Kind.DEAD_LETTERED, header="")], lines)
    found = related(store, "photo-2")
    assert found.names == ("photo-2",)
    assert {entry.message_id for entry in found.entries} == {""}
    assert related(store, "photo-1").names == ("photo-1",)
    assert "photo-2" not in " ".join(one.text for one in related(store, "photo-1").lines)


def test_an_invocation_that_nobody_but_its_caller_waits_for_fails_by_itself(store: JournalStore) -> None:
    store.write(call("r", 0, 9, outcome="function error", reason="told to"), [])
    trace = trace_of(store, "r")
    assert (trace.failed, trace.complete) == (True, True)
