"""One bad message never takes others along: odd messages through a whole mapping, in virtual time."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from emulator.aws.trace_header import invocation_header
from emulator.environments.environment import Environment
from emulator.environments.pools import Pools
from emulator.event_source.mapping import Poller
from emulator.events import Event, MessageReturned
from emulator.invocation import Invocation, Outcome, OutcomeKind
from emulator.queues import Message
from emulator.resources import EventSourceMapping
from emulator.resources import Function as Configured
from tests.unit.emulator.event_source.test_mapping import PLAIN, REPORTING, Function, work
from tests.unit.emulator.sqs_model import SqsModel, now, run
from tests.unit.emulator.stacks import live

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
        async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
            await super().invoke(invocation, within_s=within_s)
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

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        self.calls.append(invocation)
        return await super().invoke(invocation, within_s=within_s)


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
    sqs.put(
        "loop", AWSTraceHeader=f"{ROOT}\n;{invocation_header([''], 'worker').partition(';')[2].replace(':1', ':16')}"
    )
    sqs.put("other")
    run(work(PLAIN, sqs, function, seconds=100))
    assert function.bodies == [["other"]]
    assert [one.body for one in sqs.dead] == ["loop"]


@dataclass
class Answering(Function):
    """Answers every event with the same bytes."""

    payload: bytes = b""

    async def invoke(self, invocation: Invocation, *, within_s: float | None = None) -> Outcome:
        await super().invoke(invocation, within_s=within_s)
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


Spoil = Callable[[Message], Message]


@dataclass
class Spoiled(SqsModel):
    """A server that gives the message "odd" in a shape of its own, so many times."""

    spoil: Spoil = dict
    times: int = 1_000

    async def receive(self, name: str, **options) -> list[Message]:
        return [self._shaped(message) for message in await super().receive(name, **options)]

    def _shaped(self, message: Message) -> Message:
        if message["Body"] != "odd" or not self.times:
            return message
        self.times -= 1
        return self.spoil(message)


def without(key: str) -> Spoil:
    return lambda message: {name: value for name, value in message.items() if name != key}


def having(**changes: object) -> Spoil:
    return lambda message: {**message, **changes}


UNREADABLE = {
    "no id": without("MessageId"),
    "no handle": without("ReceiptHandle"),
    "no body": without("Body"),
    "no digest": without("MD5OfBody"),
    "no attributes at all": having(Attributes=None),
    "a count that is no number": having(Attributes={"ApproximateReceiveCount": "many"}),
    "a time that is no number": having(Attributes={"SentTimestamp": ""}),
    "an attribute without its type": having(MessageAttributes={"a": {"StringValue": "x"}}),
    "an attribute that is none": having(MessageAttributes={"a": None}),
    "a binary attribute that is text": having(MessageAttributes={"a": {"BinaryValue": "x", "DataType": "Binary"}}),
    "half a character in its body": having(Body="\ud800"),
    "half a character in its trace header": having(Attributes={"AWSTraceHeader": "Root=1-a;Self=\ud800"}),
}
UNFILTERED = replace(PLAIN, filter_patterns=('{"eventSource":["aws:sqs"]}',))


@pytest.mark.parametrize(
    "mapping", [PLAIN, UNFILTERED, replace(PLAIN, batch_window_s=1)], ids=["plain", "filter", "window"]
)
@pytest.mark.parametrize("spoil", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_message_that_cannot_be_read_comes_back_and_its_neighbours_are_processed(
    spoil: Spoil, mapping: EventSourceMapping, caplog
) -> None:
    sqs, function = Spoiled(visibility_s=40, spoil=spoil, times=1), Function()
    sqs.put("a", "odd", "b")
    run(work(mapping, sqs, function, seconds=100))
    assert function.bodies == [["a", "b"], ["odd"]]
    assert 40 <= function.events[1][0] < 45, "it comes back after its visibility timeout"
    assert not sqs.messages
    (told,) = [record for record in caplog.records if "cannot be read" in record.getMessage()]
    assert told.exc_info, "whoever looks for the cause finds it"
    assert ("m1" in told.getMessage()) is (spoil is not UNREADABLE["no id"])


def test_es45_a_message_that_can_never_be_read_ends_among_the_dead_letters() -> None:
    sqs, function = Spoiled(visibility_s=30, maximum_receives=3, spoil=without("MD5OfBody")), Function()
    sqs.put("a", "odd", "b")
    run(work(PLAIN, sqs, function, seconds=200))
    assert function.bodies == [["a", "b"]]
    assert [one.body for one in sqs.dead] == ["odd"]
    assert sorted(sqs.deleted) == ["m0", "m2"]


def test_es15_behind_a_message_that_cannot_be_read_its_group_waits() -> None:
    sqs, function = Spoiled(visibility_s=30, spoil=without("MD5OfBody"), times=1), Function()
    sqs.put("odd", "second", group="one")
    sqs.put("other", group="two")
    sqs.put("third", group="one")
    run(work(replace(PLAIN, queue="jobs.fifo"), sqs, function, seconds=100))
    assert function.bodies == [["other"], ["odd", "second", "third"]]


READABLE = {
    "no attributes": without("Attributes"),
    "few attributes": having(Attributes={"SenderId": "x"}),
    "a binary attribute": having(MessageAttributes={"a": {"BinaryValue": b"\0\xff", "DataType": "Binary.png"}}),
    "an attribute with nothing but a type": having(MessageAttributes={"a": {"DataType": "String.custom"}}),
    "a key that nobody knows": having(Colour="blue"),
}


@pytest.mark.parametrize("spoil", READABLE.values(), ids=READABLE.keys())
def test_a_message_that_is_only_odd_is_processed(spoil: Spoil) -> None:
    sqs, function = Spoiled(spoil=spoil), Function()
    sqs.put("a", "odd", "b")
    run(work(PLAIN, sqs, function, seconds=10))
    assert function.bodies == [["a", "odd", "b"]]
    assert not sqs.messages


def test_the_journal_is_told_why_a_message_came_back_unread() -> None:
    events: list[Event] = []

    async def scenario() -> None:
        poller = await work(PLAIN, SqsModel(), Function(), seconds=0)
        sqs = Spoiled(spoil=without("MD5OfBody"))
        sqs.put("odd")
        again = Poller(PLAIN, poller.source, sqs, Function(), now, events.append)
        assert await again.batcher.next(asyncio.Event()) == []

    run(scenario())
    (returned,) = events
    assert isinstance(returned, MessageReturned)
    assert (returned.queue, returned.message_id) == ("jobs", "m0")
    assert "MD5OfBody" in returned.reason


class Babbling(SqsModel):
    """A server whose answers cannot be understood, at first."""

    babble: int = 3

    async def receive(self, name: str, **options) -> list[Message]:
        found = await super().receive(name, **options)
        if found and self.babble:
            self.babble -= 1
            raise LookupError("Unable to parse response")
        return found


def test_an_answer_that_nobody_understands_ends_one_poll_and_not_the_mapping(caplog) -> None:
    sqs, function = Babbling(visibility_s=10), Function()
    sqs.put("a", "b")
    run(work(PLAIN, sqs, function, seconds=100))
    assert function.bodies == [["a", "b"]]
    assert len([record for record in caplog.records if record.exc_info]) == 3


def test_what_waits_in_the_window_is_processed_when_an_answer_cannot_be_understood() -> None:
    sqs, function = Babbling(visibility_s=1_000, maximum_receives=1), Function()

    async def scenario() -> None:
        sqs.babble = 0
        sqs.put("a")
        task = asyncio.ensure_future(work(replace(PLAIN, batch_window_s=20), sqs, function, seconds=60))
        await asyncio.sleep(5)
        sqs.babble = 1
        sqs.put("b")
        await task

    run(scenario())
    assert function.bodies[0] == ["a"]
    assert not sqs.dead


@dataclass
class Refusing:
    """An engine that cannot make the call for the message "odd", as aiohttp cannot with some headers."""

    bodies: list[list[str]] = field(default_factory=list)

    async def call(self, invocation: Invocation) -> Outcome:
        bodies = [record["body"] for record in json.loads(invocation.payload)["Records"]]
        self.bodies.append(bodies)
        if "odd" in bodies:
            raise ValueError("Forbidden control character detected in headers")
        return Outcome(OutcomeKind.SUCCESS, b"null")


def test_a_call_that_cannot_be_made_returns_its_own_batch_and_says_why(caplog) -> None:
    sqs, engine = SqsModel(visibility_s=30, maximum_receives=2), Refusing()
    sqs.put("a", "odd", "b")

    async def scenario() -> None:
        pools = Pools(live(Configured("F", "worker", "image", (), 3, 256, 512)))
        pools.started(Environment("e", "worker", restart=lambda: None), engine)
        await work(replace(PLAIN, batch_size=1), sqs, pools, seconds=100)
        await pools.drain()

    run(scenario())
    assert engine.bodies == [["a"], ["odd"], ["b"], ["odd"]]
    assert [one.body for one in sqs.dead] == ["odd"]
    reasons = [record.getMessage() for record in caplog.records if "become visible again" in record.getMessage()]
    assert len(reasons) == 2
    assert all("Forbidden control character" in reason for reason in reasons)
