"""Event invocations in virtual time: acceptance, calls, retries, and the records for queues and functions."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.queues import QueueError, QueueMissingError, QueueRefusedError
from emulator.queues.embedded.internal_queues import QueuesFullError
from tests.unit.emulator import sqs_model
from tests.unit.emulator.event_invocations.accepting import (
    DONE,
    FAILED,
    LAMBDA,
    SQS,
    THROTTLED,
    WORKER,
    Events,
    accepting,
)

MISSING = QueueMissingError("The specified queue does not exist.")
LETTERS = replace(WORKER, dead_letter_arn=f"{SQS}letters")


def play(scenario: Callable[[Events], Awaitable[None]], *outcomes: Outcome, **options: Any) -> None:
    async def main() -> None:
        async with accepting(*outcomes, **options) as events:
            await scenario(events)

    sqs_model.run(main())


def told(*outcomes: Outcome, **options: Any) -> Events:
    """Accept one event, wait until all that follows has ended, and return what was called and told."""
    seen = []

    async def scenario(events: Events) -> None:
        seen.append(events)
        await events.accept("id", trace="Root=1-a;Sampled=1")
        await events.ended()

    play(scenario, *outcomes, **options)
    return seen[0]


def test_rt08_an_event_keeps_its_request_id_over_all_attempts() -> None:
    assert told(DONE).called == ["id"]
    assert told(FAILED, THROTTLED, THROTTLED, FAILED, FAILED).called == ["id"] * 5


def test_rt08_the_end_is_told_to_the_queue_that_was_named_for_it() -> None:
    """As recorded on AWS, with the trace of the invocation."""
    ends = {"on_failure": f"{SQS}lost", "on_success": f"{SQS}done"}
    raised = Outcome(OutcomeKind.FUNCTION_ERROR, b'{"errorMessage": "no face", "errorType": "ValueError"}')
    seen = told(raised, raised, raised, **ends)
    ((queue, record),) = seen.queues.bodies
    assert queue == "lost"
    assert list(record) == [
        "version", "timestamp", "requestContext", "requestPayload", "responseContext", "responsePayload",
    ]  # fmt: skip
    assert record["requestContext"] == {
        "requestId": "id",
        "functionArn": f"{LAMBDA}worker:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert (record["version"], record["requestPayload"]) == ("1.0", {})
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert record["responsePayload"] == {"errorMessage": "no face", "errorType": "ValueError"}
    (header,) = seen.queues.traces
    assert header.startswith("Root=1-a;Parent=")
    assert "Sampled=1" in header
    ((queue, record),) = told(DONE, **ends).queues.bodies
    assert (queue, record["requestContext"]["condition"]) == ("done", "Success")
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}


def test_rt08_all_attempts_and_what_they_leave_have_one_trace() -> None:
    async def scenario(events: Events) -> None:
        await events.accept("id")
        await events.ended()
        roots = {call.trace_id.split(";")[0] for call in events.invoker.calls}
        assert len(roots) == 1
        assert events.queues.traces[0].startswith(f"{roots.pop()};Parent=")

    play(scenario, FAILED, DONE, on_success=f"{SQS}done")


def test_rt08_an_event_that_failed_goes_to_the_functions_dead_letter_queue_and_to_the_destination() -> None:
    """With the three attributes of Lambda's developer guide, "Adding a dead-letter queue"."""
    raised = Outcome(OutcomeKind.FUNCTION_ERROR, b'{"errorMessage": "no face", "errorType": "ValueError"}')
    seen = told(raised, functions=[LETTERS], retries=0, on_failure=f"{SQS}lost")
    assert [name for name, _ in seen.queues.bodies] == ["lost", "letters"]
    assert seen.queues.bodies[1] == ("letters", {})
    assert seen.queues.attributes == [{"RequestID": "id", "ErrorCode": "200", "ErrorMessage": "no face"}]
    assert told(DONE, functions=[LETTERS]).queues.bodies == []


def test_la04_at_a_reserved_concurrency_of_0_the_record_comes_at_once_and_nothing_is_called() -> None:
    """As recorded on AWS: condition, count 0, and neither responseContext nor responsePayload."""
    closed = replace(LETTERS, reserved_concurrency=0)
    seen = told(functions=[closed], on_failure=f"{SQS}lost")
    assert seen.called == []
    record = seen.queues.bodies[0][1]
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert list(record) == ["version", "timestamp", "requestContext", "requestPayload"]
    assert "zero reserved concurrent executions" in seen.queues.attributes[0]["ErrorMessage"]
    assert "ErrorCode" not in seen.queues.attributes[0]


def test_la04_an_event_whose_age_the_next_retry_would_pass_ends_at_once() -> None:
    ((_, record),) = told(FAILED, age_s=60, on_failure=f"{SQS}lost").queues.bodies
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["responseContext"]["functionError"] == "Unhandled"


def test_rt08_an_event_that_finds_no_environment_ends_with_its_age() -> None:
    async def scenario(events: Events) -> None:
        events.invoker.room.clear()
        await events.accept("id")
        await asyncio.sleep(59)
        assert not events.queues.bodies
        await asyncio.sleep(2)
        ((_, record),) = events.queues.bodies
        assert record["requestContext"]["condition"] == "EventAgeExceeded"
        assert "responsePayload" not in record

    play(scenario, age_s=60, on_failure=f"{SQS}lost")


def test_rt08_a_throttled_event_that_grew_too_old_was_never_called() -> None:
    throttles = [THROTTLED] * 1_000
    seen = told(*throttles, functions=[LETTERS], age_s=60, on_failure=f"{SQS}lost")
    record = seen.queues.bodies[0][1]
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert record["responseContext"] == {"statusCode": 429}
    assert "responsePayload" not in record
    assert seen.queues.attributes[0] == {"RequestID": "id", "ErrorCode": "429", "ErrorMessage": "Rate Exceeded."}


@pytest.mark.parametrize(
    ("answer", "told_as"),
    [(b"no JSON", "no JSON"), (b"[" * 100_000, "[" * 100_000), (b"[" * 900 + b"]" * 900, "[" * 900 + "]" * 900)],
)
def test_rt08_an_answer_that_is_no_json_is_told_as_text(answer: bytes, told_as: str) -> None:
    ((_, record),) = told(Outcome(OutcomeKind.SUCCESS, answer), on_success=f"{SQS}done").queues.bodies
    assert record["responsePayload"] == told_as


# ---- functions as destinations
OTHER = replace(WORKER, name="other")


def test_rt08_a_function_gets_the_record_as_an_event_of_its_own() -> None:
    async def scenario(events: Events) -> None:
        await events.accept("id", payload=b'{"photo": 1}', trace="Root=1-a")
        await events.ended()
        first, second = events.invoker.calls
        assert (first.function, second.function) == ("worker", "other")
        assert second.request_id != "id"
        assert second.trace_id.startswith("Root=1-a;")
        record = json.loads(second.payload)
        assert (record["requestContext"]["requestId"], record["requestPayload"]) == ("id", {"photo": 1})

    play(scenario, functions=[WORKER, OTHER], on_success=f"{LAMBDA}other")


def test_rt08_a_function_that_is_made_later_gets_its_record(caplog) -> None:
    async def scenario(events: Events) -> None:
        await events.accept("id")
        await asyncio.sleep(30)
        assert len(events.called) == 1
        events.stack.functions.put("other", OTHER)
        await events.ended()
        assert [call.function for call in events.invoker.calls] == ["worker", "other"]
        assert "other does not exist; create it" in caplog.text

    play(scenario, on_success=f"{LAMBDA}other")


def test_es47_two_functions_that_get_each_others_records_stop_after_sixteen_times(caplog) -> None:
    async def scenario(events: Events) -> None:
        events.stack.event_invokes.put("other", replace(events.stack.event_invokes["worker"], function="other",
                                                        on_success=f"{LAMBDA}worker"))  # fmt: skip
        await events.accept("id")
        await events.ended()
        assert [call.function for call in events.invoker.calls] == ["worker", "other"] * 16
        assert "RecursiveInvocation" in caplog.text

    play(scenario, functions=[WORKER, OTHER], on_success=f"{LAMBDA}other")


# ---- what is kept
def test_an_event_waits_until_an_environment_can_take_it_and_others_wait_unread() -> None:
    async def scenario(events: Events) -> None:
        events.invoker.room.clear()
        await events.accept("a", "b", "c")
        await asyncio.sleep(1_000)
        assert events.called == []
        events.invoker.room.set()
        await events.ended()
        assert sorted(events.called) == ["a", "b", "c"]

    play(scenario)


def test_a_call_in_flight_counts_as_a_batch_until_it_ends() -> None:
    async def scenario(events: Events) -> None:
        events.invoker.hold.clear()
        await events.accept("a", "b")
        await asyncio.sleep(1)
        assert events.invoker.batches == 2
        events.invoker.hold.set()
        await events.ended()
        assert events.invoker.batches == 0

    play(scenario)


def test_more_events_than_may_be_kept_are_refused_and_the_others_are_made() -> None:
    async def scenario(events: Events) -> None:
        events.invoker.room.clear()
        payload, many = json.dumps("x" * 10_000).encode(), [f"id-{number}" for number in range(1_000)]
        with pytest.raises(QueuesFullError):
            await events.accept(*many, payload=payload)
        events.invoker.room.set()
        await events.ended()
        assert 90 < len(events.called) < 110
        await events.accept("more")
        await events.ended()
        assert events.called[-1] == "more"

    play(scenario)


def test_events_of_a_deleted_function_wait_until_it_is_made_again(caplog) -> None:
    async def scenario(events: Events) -> None:
        events.invoker.room.clear()
        await events.accept("id")
        await asyncio.sleep(1)
        events.stack.functions.remove("worker")
        events.invoker.room.set()
        await asyncio.sleep(10)
        assert events.called == []
        assert "worker was deleted: its events wait" in caplog.text
        events.stack.functions.put("worker", WORKER)
        await events.ended()
        assert events.called == ["id"]

    play(scenario)


def test_a_stop_in_memory_says_how_many_events_it_drops(caplog) -> None:
    async def scenario(events: Events) -> None:
        events.invoker.room.clear()
        await events.accept("a", "b")
        await asyncio.sleep(1)

    play(scenario)
    assert "2 events, records and dead letters that waited are dropped: they were in memory only" in caplog.text


# ---- destinations that do not take a record
def test_rt08_a_destination_that_comes_back_gets_its_record(caplog) -> None:
    seen = told(DONE, failures=[MISSING, MISSING, QueueError("no answer"), MISSING], on_success=f"{SQS}ends")
    assert [name for name, _ in seen.queues.bodies] == ["ends"]
    (line,) = [entry.getMessage() for entry in caplog.records if "cannot be sent" in entry.getMessage()]
    assert "ends does not exist; create it" in line, "the cure, once"
    assert "the record of worker's Event invocation id was sent to ends" in caplog.text


def test_rt08_a_record_waits_as_long_as_lambda_keeps_an_event_and_is_in_the_log_then(caplog) -> None:
    assert told(FAILED, failures=[MISSING] * 10_000, retries=0, on_failure=f"{SQS}lost").queues.bodies == []
    line = caplog.records[-1].getMessage()
    assert "the record of worker's Event invocation id is lost" in line
    assert json.loads(line[line.index("{") :])["condition"] == "RetriesExhausted"


def test_rt08_a_record_that_sqs_does_not_take_is_not_sent_again(caplog) -> None:
    refused = QueueRefusedError("Message must be shorter than 1048576 bytes.")
    assert told(DONE, failures=[refused], on_success=f"{SQS}done").queues.bodies == []
    assert "Message must be shorter" in caplog.records[-1].getMessage()


def test_events_of_an_alias_that_is_missing_do_not_hold_up_the_functions_others() -> None:
    async def scenario(events: Events) -> None:
        missing = asyncio.Event()

        async def room_for_batch(target: str) -> None:
            if target != "worker":
                await missing.wait()

        events.invoker.room_for_batch = room_for_batch  # type: ignore[method-assign,assignment]
        await events.events.accept(Invocation("worker", "of the alias", b"{}", qualifier="live"))
        await events.accept("other")
        await asyncio.sleep(10)
        assert events.called == ["other"]
        missing.set()
        await events.ended()
        assert events.called == ["other", "of the alias"]

    play(scenario)


@pytest.mark.parametrize(
    ("message", "expected"),
    [("\x1b[31mno face\x1b[0m", "\ufffd[31mno face\ufffd[0m"), ("cut \ud83d", "cut \ufffd"), ("a\tb\r\n", "a\tb\r\n")],
)
def test_rt08_an_error_message_that_sqs_does_not_take_costs_no_dead_letter(message: str, expected: str) -> None:
    """SQS takes #x9, #xA, #xD, #x20 to #xD7FF, #xE000 to #xFFFD and above (SendMessage, MessageAttributes)."""
    failed = Outcome(OutcomeKind.FUNCTION_ERROR, json.dumps({"errorMessage": message}).encode())
    seen = told(failed, failed, failed, functions=[LETTERS])
    assert seen.queues.attributes[0]["ErrorMessage"] == expected


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"function": "worker"}', '{"of": "a newer version"}'])
def test_a_kept_event_that_cannot_be_read_holds_up_no_other(text: str, caplog) -> None:
    async def scenario(events: Events) -> None:
        kept = events.events.kept
        events.events.stop()
        await kept.put("events.worker.", text)
        await kept.put("deliveries", text)
        await events.accept("id")
        events.events.start()
        while events.called != ["id"] or kept.count("events.worker.") > 1:
            await asyncio.sleep(1)
        assert (kept.count("events.worker."), kept.count("deliveries")) == (1, 1), "they are not thrown away"
        assert caplog.text.count("cannot be read") == 2

    play(scenario)
