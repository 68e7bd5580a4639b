"""The trace header: one trace through functions and queues, and the counts that end a loop (ES-47)."""

import re

from hypothesis import given
from hypothesis import strategies as st

from emulator.trace_header import invocations, invoked, new_trace_id

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


@given(st.text(max_size=200))
def test_what_anybody_sends_as_a_header_is_taken_or_left(header: str) -> None:
    assert invocations(invoked([header], "a"), "a") == invocations(header, "a") + 1
