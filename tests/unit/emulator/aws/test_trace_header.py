"""The trace header: one trace through functions and queues, and the counts that end a loop (ES-47)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.aws.trace_header import (
    MAXIMUM_CHARACTERS,
    header_inside_invocation,
    invocation_header,
    lineage_count,
    new_trace_id,
    parent_segment_id,
    segment_id,
    usable_header,
)

ROOT = "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1"


def test_es47_every_invocation_is_counted_for_its_function() -> None:
    header = ROOT
    for _ in range(3):
        header = invocation_header([header], "a")
    header = invocation_header([header], "b")
    assert (lineage_count(header, "a"), lineage_count(header, "b"), lineage_count(header, "c")) == (3, 1, 0)
    assert header.startswith(f"{ROOT};Lineage=")


def test_es47_a_batch_keeps_the_highest_count_and_begins_a_trace_where_there_are_several() -> None:
    first, other = invocation_header([invocation_header([ROOT], "a")], "a"), invocation_header([new_trace_id()], "a")
    header = invocation_header([first, other, ""], "a")
    assert lineage_count(header, "a") == 3
    assert re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};", header)
    assert ROOT not in header


def test_rt01_inside_an_invocation_its_own_segment_is_the_parent_and_the_trace_stays() -> None:
    seen = header_inside_invocation(f"{ROOT};Lineage=a:1", "a request id")
    assert parent_segment_id(seen) == segment_id("a request id") != segment_id("another")
    assert re.fullmatch(r"Root=1-67891233-\w{24};Parent=[0-9a-f]{16};Sampled=1;Lineage=a:1", seen)
    assert re.fullmatch(
        r"Root=1-[0-9a-f-]{33};Parent=[0-9a-f]{16};Sampled=0", header_inside_invocation("", "a request id")
    )
    assert parent_segment_id("Root=1-a") == ""


def test_messages_that_two_invocations_of_one_trace_have_sent_stay_in_it() -> None:
    header = invocation_header([header_inside_invocation(ROOT, "first"), header_inside_invocation(ROOT, "second")], "a")
    assert header.startswith(ROOT.partition(";")[0])


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (ROOT, ROOT),
        (f" {ROOT}\r\n", ROOT),
        ("Root=1-a;Parent=b\nX-Evil: 1;Lineage=c:2", "Root=1-a;Lineage=c:2"),
        ("Root=1-a\0;Lineage=c:2", "Lineage=c:2"),
        ("Root=1-ü;Self=\ud800;Sampled=1\x7f", ""),
        ("Root=1-a; Parent=b;;", "Root=1-a;Parent=b"),
        (f"Root=1-a;Self={'x' * MAXIMUM_CHARACTERS}", ""),
        ("", ""),
    ],
)
def test_parts_that_no_http_header_can_carry_are_left_out(header: str, expected: str) -> None:
    assert usable_header(header) == expected


@given(st.lists(st.text(max_size=200), max_size=3))
def test_an_invocation_always_gets_a_header_that_http_can_carry(headers: list[str]) -> None:
    header = invocation_header([usable_header(header) for header in headers], "a")
    assert re.fullmatch(r"[\x20-\x7e]+", header)


@given(st.text(max_size=200))
def test_what_anybody_sends_as_a_header_is_taken_or_left(header: str) -> None:
    assert lineage_count(invocation_header([header], "a"), "a") == lineage_count(header, "a") + 1
