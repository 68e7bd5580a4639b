"""One bad message never takes others along: odd messages through a whole mapping, in virtual time."""

import json
from dataclasses import dataclass, field, replace

import pytest

from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.trace_header import invoked
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


ROOT = "Root=1-67891233-abcdef012345678912345678"


@dataclass
class Traced(Function):
    """Keeps the calls, whose trace headers have to be what HTTP can carry."""

    calls: list[Invocation] = field(default_factory=list)

    async def invoke(self, invocation: Invocation) -> Outcome:
        self.calls.append(invocation)
        return await super().invoke(invocation)


@pytest.mark.parametrize("header", [f"{ROOT}\r\nX-Evil: 1", "Root=1-a\nb", "\0", "Root=" + "x" * 500_000])
def test_a_trace_header_that_http_cannot_carry_keeps_nobody_from_being_processed(header: str) -> None:
    sqs, function = SqsModel(), Traced()
    sqs.put("a", "b", "c", AWSTraceHeader=header)  # of one trace, so that the call gets it
    run(work(PLAIN, sqs, function, seconds=10))
    (call,) = function.calls
    assert function.bodies == [["a", "b", "c"]]
    assert call.trace_id.isascii()
    assert call.trace_id.isprintable()
    assert len(call.trace_id) < 1_000
    assert json.loads(call.payload)["Records"][1]["attributes"]["AWSTraceHeader"] == header, "passed on as it was sent"
    assert not sqs.messages


def test_es47_the_count_of_a_loop_outlives_a_line_break_in_the_header() -> None:
    sqs, function = SqsModel(visibility_s=30, maximum_receives=1), Traced()
    sqs.put("loop", AWSTraceHeader=f"{ROOT}\n;{invoked([''], 'worker').partition(';')[2].replace(':1', ':16')}")
    sqs.put("other")
    run(work(PLAIN, sqs, function, seconds=100))
    assert function.bodies == [["other"]]
    assert [one.body for one in sqs.dead] == ["loop"]


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
