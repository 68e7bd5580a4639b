"""One bad message never takes others along: odd messages through a whole mapping, in virtual time."""

import json
from dataclasses import dataclass, replace

import pytest

from emulator.invocation import Invocation, Outcome, OutcomeKind
from tests.unit.emulator.sqs_model import SqsModel, run
from tests.unit.emulator.test_mapping import PLAIN, REPORTING, Function, work

FILTERED = replace(PLAIN, filter_patterns=('{"body":{"city":["Riga"]}}',))
WANTED = ['{"city":"Riga","number":1}', '{"city":"Riga","number":2}']
DEEP = {
    "lists far too deep": "[" * 100_000 + "]" * 100_000,
    "objects far too deep": '{"city":' * 100_000 + '"Riga"' + "}" * 100_000,
    "deep objects": '{"city":' * 900 + '"Riga"' + "}" * 900,
    "deep lists around a match": "[" * 900 + WANTED[0] + "]" * 900,
}


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP.keys())
def test_es32_a_filter_passes_the_neighbours_of_a_body_nested_too_deep(body: str) -> None:
    """As plain text it matches no pattern for JSON, and is deleted as whatever the filter drops (ES-31)."""
    sqs, function = SqsModel(), Function()
    sqs.put(WANTED[0], body, WANTED[1])
    run(work(FILTERED, sqs, function, seconds=10))
    assert function.bodies == [WANTED]
    assert not sqs.messages


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP.keys())
def test_a_deep_message_that_fails_comes_back_alone(body: str, caplog) -> None:
    """What its sender calls it, which the journal keeps of a message that failed, cannot be read."""

    class Fails(Function):
        async def invoke(self, invocation: Invocation) -> Outcome:
            await super().invoke(invocation)
            records = json.loads(invocation.payload)["Records"]
            items = [{"itemIdentifier": one["messageId"]} for one in records if one["body"] == body]
            return Outcome(OutcomeKind.SUCCESS, json.dumps({"batchItemFailures": items}).encode())

    sqs, function = SqsModel(visibility_s=30, maximum_receives=2), Fails()
    sqs.put("before", body, "after")
    run(work(REPORTING, sqs, function, seconds=100))
    assert function.bodies == [["before", body, "after"], [body]]
    assert [one.body for one in sqs.dead] == [body]
    assert "unexpectedly" not in caplog.text


@dataclass
class Answering(Function):
    """Answers every event with the same bytes."""

    payload: bytes = b""

    async def invoke(self, invocation: Invocation) -> Outcome:
        await super().invoke(invocation)
        return Outcome(OutcomeKind.SUCCESS, self.payload)


def test_es25_a_report_nested_too_deep_fails_the_whole_batch_and_not_the_mapping(caplog) -> None:
    sqs = SqsModel(visibility_s=30, maximum_receives=2)
    function = Answering(payload=b'{"batchItemFailures":' + b"[" * 100_000)
    sqs.put("a", "b")
    run(work(REPORTING, sqs, function, seconds=100))
    assert function.bodies == [["a", "b"], ["a", "b"]]
    assert [one.body for one in sqs.dead] == ["a", "b"]
    assert "batchItemFailures cannot be used: it is nested" in caplog.text
    sqs, function = SqsModel(), Answering(payload=b"[" * 100_000)
    sqs.put("a", "b")
    run(work(PLAIN, sqs, function, seconds=10))
    assert not sqs.messages, "without reporting a success deletes whatever was returned (ES-20)"
