"""Event invocations: two retries after failures, none used up by throttles, their ends told to queues."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.lambda_api.asynchronous import Asynchronous
from emulator.queues import QueueError, QueueMissingError, QueueRefusedError
from emulator.resources import EventInvokeConfig, Function
from tests.unit.emulator import sqs_model

EVENT = Invocation("worker", "id", b"{}")
ARN = "arn:aws:lambda:us-east-1:000000000000:function:worker"
FAILED, DONE, THROTTLED = (
    Outcome(kind, b"{}") for kind in (OutcomeKind.FUNCTION_ERROR, OutcomeKind.SUCCESS, OutcomeKind.THROTTLED)
)


class Scripted:
    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes: Iterator[Outcome] = iter(outcomes)
        self.calls: list[str] = []

    async def invoke(self, invocation: Invocation) -> Outcome:
        self.calls.append(invocation.request_id)
        return next(self.outcomes)


class Queues:
    def __init__(self, *failures: QueueError) -> None:
        self.failures = iter(failures)  #: of the first sends
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.attributes: list[dict[str, str]] = []

    async def send(self, name: str, body: str, attributes: Mapping[str, Any] | None = None) -> None:
        if failure := next(self.failures, None):
            raise failure
        self.told.append((name, json.loads(body)))
        if attributes is not None:
            self.attributes.append({key: value["StringValue"] for key, value in attributes.items()})


def run(*outcomes: Outcome, stopped: bool = False, **config: Any) -> tuple[list[str], list[tuple[str, dict[str, Any]]]]:
    """Accept one event; return the calls that were made for it, and what the queues were told."""

    async def scenario() -> tuple[list[str], list[tuple[str, dict[str, Any]]]]:
        invoker, queues = Scripted(*outcomes), Queues()
        configs = {"worker": EventInvokeConfig("worker", **config)} if config else {}
        events = Asynchronous(invoker, (0, 0), configs, queues)
        if stopped:
            events.stop()
        events.accept(EVENT, ARN)
        await events.drain()
        return invoker.calls, queues.told

    return asyncio.run(scenario())


def calls(*outcomes: Outcome, **options: Any) -> list[str]:
    return run(*outcomes, **options)[0]


def test_rt08_a_success_is_the_end() -> None:
    assert calls(DONE) == ["id"]


def test_rt08_a_failure_is_tried_twice_again() -> None:
    assert calls(FAILED, FAILED, FAILED) == ["id"] * 3
    assert calls(FAILED, DONE) == ["id"] * 2


def test_rt08_a_throttle_uses_up_no_retry(monkeypatch) -> None:
    monkeypatch.setattr("emulator.lambda_api.asynchronous.THROTTLE_PAUSES_S", (0,))
    assert len(calls(THROTTLED, FAILED, THROTTLED, THROTTLED, FAILED, THROTTLED, FAILED)) == 7


def test_a_stop_drops_what_would_be_tried_again(caplog) -> None:
    assert calls(FAILED, stopped=True) == ["id"]
    assert "it is dropped" in caplog.text


def test_rt08_a_configuration_takes_retries_away() -> None:
    assert calls(FAILED, maximum_retries=0) == ["id"]
    assert calls(FAILED, FAILED, maximum_retries=1) == ["id"] * 2


def test_rt08_the_end_is_told_to_the_queue_that_was_named_for_it() -> None:
    _, told = run(FAILED, FAILED, FAILED, on_failure="lost", on_success="done")
    ((queue, record),) = told
    assert queue == "lost"
    assert record["requestContext"] == {
        "requestId": "id",
        "functionArn": f"{ARN}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["requestPayload"] == {}
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    _, told = run(DONE, on_failure="lost", on_success="done")
    assert [(queue, record["requestContext"]["condition"]) for queue, record in told] == [("done", "Success")]


def test_rt08_an_event_whose_retries_failed_goes_to_the_functions_dead_letter_queue() -> None:
    """With the three attributes of Lambda's developer guide, "Adding a dead-letter queue"."""
    letters = Function(
        "F", "worker", "i", (), 3, 128, 512, dead_letter_arn="arn:aws:sqs:us-east-1:000000000000:letters"
    )
    raised = Outcome(OutcomeKind.FUNCTION_ERROR, b'{"errorMessage": "no face", "errorType": "ValueError"}')

    async def scenario() -> Queues:
        queues = Queues()
        events = Asynchronous(Scripted(raised, raised), (0,), {}, queues, functions={"worker": letters})
        events.accept(Invocation("worker", "id", b'{"photo": 1}'), ARN)
        await events.drain()
        return queues

    queues = asyncio.run(scenario())
    assert queues.told == [("letters", {"photo": 1})]
    assert queues.attributes == [{"RequestID": "id", "ErrorCode": "200", "ErrorMessage": "no face"}]


@pytest.mark.parametrize(
    ("answer", "told_as"),
    [(b"no JSON", "no JSON"), (b"[" * 100_000, "[" * 100_000), (b"[" * 900 + b"]" * 900, "[" * 900 + "]" * 900)],
)
def test_rt08_an_answer_that_is_no_json_is_told_as_text(answer: bytes, told_as: str) -> None:
    _, told = run(Outcome(OutcomeKind.SUCCESS, answer), on_success="done")
    ((_, record),) = told
    assert record["responsePayload"] == told_as


def test_rt08_a_throttled_event_that_grew_too_old_was_never_processed() -> None:
    _, told = run(THROTTLED, on_failure="lost", maximum_age_s=0)
    ((_, record),) = told
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert "responsePayload" not in record


def told_late(*failures: QueueError, stop_after_s: float | None = None) -> Queues:
    """Tell the end of one failed event to a queue that takes nothing at first; in virtual time."""

    async def scenario() -> Queues:
        queues = Queues(*failures)
        configs = {"worker": EventInvokeConfig("worker", maximum_retries=0, on_failure="lost")}
        events = Asynchronous(Scripted(FAILED), (), configs, queues)
        events.accept(EVENT, ARN)
        if stop_after_s is not None:
            await asyncio.sleep(stop_after_s)
            events.stop()
        await events.drain()
        return queues

    queues: Queues = sqs_model.run(scenario())
    return queues


MISSING = QueueMissingError("The specified queue does not exist.")


def test_rt08_a_destination_that_comes_back_gets_its_record(caplog) -> None:
    ((queue, record),) = told_late(MISSING, MISSING, QueueError("no answer"), MISSING).told
    assert (queue, record["requestContext"]["requestId"]) == ("lost", "id")
    (line,) = [entry.getMessage() for entry in caplog.records if "cannot be sent" in entry.getMessage()]
    assert "lost does not exist" in line
    assert "create it" in line, "the cure, once"
    assert "the record of the Event invocation id was sent to lost" in caplog.text


def test_rt08_a_record_that_is_never_delivered_is_in_the_log(caplog) -> None:
    assert told_late(MISSING, MISSING, MISSING, MISSING, MISSING, stop_after_s=1).told == []
    assert caplog.records[-1].levelname == "ERROR"
    line = caplog.records[-1].getMessage()
    assert "lost" in line
    assert json.loads(line[line.index("{") :]) == {
        "requestId": "id",
        "functionArn": f"{ARN}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 1,
    }


def test_rt08_a_record_waits_as_long_as_lambda_keeps_an_event(caplog) -> None:
    answers = [MISSING] * 10_000
    assert told_late(*answers).told == []
    assert "the record of worker's Event invocation is lost" in caplog.text


def test_rt08_a_record_that_sqs_does_not_take_is_not_sent_again(caplog) -> None:
    assert told_late(QueueRefusedError("Message must be shorter than 1048576 bytes.")).told == []
    assert "Message must be shorter" in caplog.records[-1].getMessage()
