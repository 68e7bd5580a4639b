"""What follows an attempt, by table. AWS's waits are in its guide; conditions and counts are from recordings of AWS."""

from typing import Any

import pytest

from emulator.event_invocations.accepted_event import AcceptedEvent, Attempt
from emulator.event_invocations.next_step import Again, Condition, EventEnd, Waits, after_attempt, before_attempt
from emulator.resources import EventInvokeConfig, Function

WORKER = Function("Worker", "worker", "image", (), 3, 128, 512)
NEW = AcceptedEvent("worker", "id", "{}", "Root=1-a", accepted_at=1_000.0)
FAILED, DONE, THROTTLED = Attempt(200, True, "{}", "raised"), Attempt(200, False, "{}"), Attempt(429, True)
ON_AWS, HERE = Waits(), Waits((1.0, 2.0))


def follow(
    attempts: list[Attempt], waits: Waits = ON_AWS, took_s: float = 1.0, **config: Any
) -> tuple[list[float], EventEnd]:
    """Make attempts that take so long, with the waits between them; return the waits and the end."""
    event, now, waited = NEW, NEW.accepted_at, list[float]()
    for attempt in attempts:
        now += took_s
        step = after_attempt(event, attempt, EventInvokeConfig("worker", **config), now=now, waits=waits)
        if isinstance(step, EventEnd):
            return waited, step
        event, now = step.event, now + step.wait_s
        waited.append(step.wait_s)
    raise AssertionError(f"the event goes on: {event}")


def test_rt08_a_success_is_the_end() -> None:
    waited, ended = follow([DONE])
    assert (waited, ended.condition, ended.event.calls) == ([], Condition.SUCCESS, 1)


@pytest.mark.parametrize(("waits", "expected"), [(ON_AWS, [60, 120]), (HERE, [1, 2])])
def test_rt08_a_failure_is_tried_twice_again_after_one_and_two_minutes_or_less_here(waits: Waits, expected) -> None:
    waited, ended = follow([FAILED] * 3, waits)
    assert (waited, ended.condition, ended.event.calls) == (expected, Condition.RETRIES_EXHAUSTED, 3)


@pytest.mark.parametrize("retries", [0, 1])
def test_rt08_a_configuration_takes_retries_away(retries: int) -> None:
    _, ended = follow([FAILED] * 3, retries=retries)
    assert (ended.condition, ended.event.calls) == (Condition.RETRIES_EXHAUSTED, retries + 1)


@pytest.mark.parametrize("waits", [ON_AWS, HERE])
@pytest.mark.parametrize(("age_s", "calls"), [(60, 1), (90, 2), (185, 3)])
def test_la04_an_event_ends_at_once_when_the_next_retry_would_pass_its_age(
    waits: Waits, age_s: int, calls: int
) -> None:
    """Recorded on AWS with 60 and 90 s. The same holds here, where the waits between calls are shorter."""
    _, ended = follow([FAILED] * 3, waits, age_s=age_s)
    expected = Condition.RETRIES_EXHAUSTED if calls == 3 else Condition.EVENT_AGE_EXCEEDED
    assert (ended.condition, ended.event.calls) == (expected, calls)
    assert ended.event.last == FAILED


def test_rt08_the_waits_of_a_throttled_event_double_from_a_second_to_five_minutes_and_use_up_no_retry() -> None:
    waited, ended = follow([THROTTLED] * 11 + [FAILED, THROTTLED, FAILED, FAILED])
    assert waited == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 60, 1, 120]
    assert (ended.condition, ended.event.calls) == (Condition.RETRIES_EXHAUSTED, 3)


def test_rt08_an_event_is_throttled_for_six_hours_at_most() -> None:
    waited, ended = follow([THROTTLED] * 1_000)
    assert (ended.condition, ended.event.calls) == (Condition.EVENT_AGE_EXCEEDED, 0)
    assert 21_600 - 300 - len(waited) <= sum(waited) <= 21_600


def test_rt08_shorter_waits_shorten_those_of_throttled_events_and_not_their_six_hours() -> None:
    waited, _ = follow([THROTTLED] * 10_000, HERE)
    assert max(waited) == 5
    assert 21_600 - 5 - len(waited) <= sum(waited) <= 21_600


def test_la04_a_function_with_no_concurrency_ends_an_event_before_any_attempt() -> None:
    closed = Function("Worker", "worker", "image", (), 3, 128, 512, reserved_concurrency=0)
    config = EventInvokeConfig("worker")
    assert before_attempt(NEW, config, closed, NEW.accepted_at) is Condition.ZERO_RESERVED_CONCURRENCY
    assert before_attempt(NEW, config, WORKER, NEW.accepted_at) is None


def test_la04_an_event_that_waited_too_long_is_not_tried() -> None:
    config = EventInvokeConfig("worker", age_s=60)
    assert before_attempt(NEW, config, WORKER, NEW.accepted_at + 59) is None
    assert before_attempt(NEW, config, WORKER, NEW.accepted_at + 60) is Condition.EVENT_AGE_EXCEEDED


def test_an_event_is_read_as_it_was_kept() -> None:
    step = after_attempt(
        NEW, Attempt(200, True, '"\ufffe é"', "why"), EventInvokeConfig("worker"), now=1_001.0, waits=HERE
    )
    assert isinstance(step, Again)
    assert AcceptedEvent.from_text(step.event.to_text()) == step.event
    assert AcceptedEvent.from_text(NEW.to_text()) == NEW
