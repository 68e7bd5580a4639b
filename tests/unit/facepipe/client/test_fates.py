"""What traces and depths say of results that do not come."""

from typing import Any

import pytest

from facepipe.client.endpoints import Endpoints
from facepipe.client.fates import DeadLetterDepth, JournalFates, KnownFate, UnknownFates, fate_of, fates_of
from tests.unit.facepipe.client.photo_desk import photo_desk

NOW_MS = 1_000_000.0


def span(name: str, note: str = "", at_s: float = 0.0) -> dict[str, Any]:
    at_ms = NOW_MS + at_s * 1000
    return {"name": name, "note": note, "start_ms": at_ms, "end_ms": at_ms, "failed": False}


TAKEN = [span("accepted"), span("take"), span("responded", "200"), span("in jobs", at_s=1)]
FATES = {
    "a dead letter": ([*TAKEN, span("dead-lettered", "jobs: KeyError")], True, "became a dead letter: KeyError", True),
    "a dead letter beside a message under way": (
        [*TAKEN, span("dead-lettered", "jobs: KeyError")],
        False,
        "became a dead letter",
        False,
    ),
    "filtered": ([*TAKEN, span("filtered", "jobs")], True, "no filter of the event source mapping matches", True),
    "back before the end of the wait": (
        [*TAKEN, span("returned", "jobs: KeyError", 2)],
        False,
        "failed: KeyError",
        False,
    ),
    "processed": ([*TAKEN, span("deleted", "jobs")], True, "no result with its request_id has come", False),
    "running": ([*TAKEN, span("work", "still running")], False, "work is still running", False),
    "not taken": (TAKEN[:3], True, "no function has taken its message", False),
}


@pytest.mark.parametrize("case", FATES)
def test_what_a_trace_says(case: str) -> None:
    spans, complete, words, is_final = FATES[case]
    trace = {"spans": spans, "complete": complete, "messages": ["m-1"]}
    fate = fate_of(trace, until_ms=NOW_MS + 60_000, visibility_s=lambda queue: {"jobs": 30.0}[queue])
    assert words in fate.words
    assert fate.is_final is is_final


def test_a_message_that_comes_back_after_the_wait_ends_it_unless_it_is_one_of_several() -> None:
    trace = {"spans": [*TAKEN, span("returned", "jobs: KeyError", 2)], "complete": False, "messages": ["m-1"]}
    late: dict[str, Any] = {"until_ms": NOW_MS + 60_000, "visibility_s": lambda _queue: 180.0}
    assert fate_of(trace, **late).is_final
    assert not fate_of({**trace, "messages": ["m-1", "m-2"]}, **late).is_final


class Depths:
    """A dead-letter queue whose depth is another at each look."""

    def __init__(self, *depths: int) -> None:
        self.depths = list(depths)

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        assert QueueUrl == "https://sqs/1/lost"
        return {"Attributes": {AttributeNames[0]: str(self.depths.pop(0))}}


def test_on_aws_it_is_said_how_many_dead_letters_have_come_meanwhile() -> None:
    fates = DeadLetterDepth(Depths(4, 4, 6), "https://sqs/1/lost")
    assert fates.look("t", 30).words == ""
    fate = fates.look("t", 30)
    assert fate.words == "2 more messages are in the dead-letter queue lost than at the beginning"
    assert not fate.is_final, "whose they are is not known"


def test_who_is_asked() -> None:
    assert isinstance(fates_of(Endpoints(api="http://127.0.0.1:9"), Depths()), JournalFates)
    assert isinstance(fates_of(Endpoints(sqs="", dead_letters="https://sqs/1/lost"), Depths(0)), DeadLetterDepth)
    assert isinstance(fates_of(Endpoints(sqs=""), Depths()), UnknownFates)


def test_a_request_that_the_journal_does_not_know_is_said_to_be_unknown() -> None:
    with photo_desk() as desk:
        fate = JournalFates(desk.endpoints.api, Depths()).look("no-such-request", 30)
    assert fate == KnownFate("the emulator knows nothing of it")


def test_a_journal_that_does_not_answer_is_asked_once() -> None:
    fates = JournalFates("http://127.0.0.1:9", Depths())
    assert fates.look("t", 30).words == ""
    assert fates._api == ""
