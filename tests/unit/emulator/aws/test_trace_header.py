"""The trace header: one trace through functions and queues, and the counts that end a loop (ES-47)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.aws.trace_header import MAXIMUM_CHARACTERS, invocations, invoked, new_trace_id, usable

ROOT = "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1"


def test_es47_every_invocation_is_counted_for_its_function() -> None:
    header = ROOT
    for _ in range(3):
        header = invoked([header], "a")
    header = invoked([header], "b")
    assert (invocations(header, "a"), invocations(header, "b"), invocations(header, "c")) == (3, 1, 0)
    assert header.startswith(f"{ROOT};Lineage=")


def test_es47_a_batch_keeps_the_highest_count_and_begins_a_trace_where_there_are_several() -> None:
    first, other = invoked([invoked([ROOT], "a")], "a"), invoked([new_trace_id()], "a")
    header = invoked([first, other, ""], "a")
    assert invocations(header, "a") == 3
    assert re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};", header)
    assert ROOT not in header


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
    assert usable(header) == expected


@given(st.lists(st.text(max_size=200), max_size=3))
def test_an_invocation_always_gets_a_header_that_http_can_carry(headers: list[str]) -> None:
    header = invoked([usable(header) for header in headers], "a")
    assert re.fullmatch(r"[\x20-\x7e]+", header)


@given(st.text(max_size=200))
def test_what_anybody_sends_as_a_header_is_taken_or_left(header: str) -> None:
    assert invocations(invoked([header], "a"), "a") == invocations(header, "a") + 1
