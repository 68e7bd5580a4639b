"""The SQS trigger from outside: messages in with boto3, effects seen on queues."""

import hashlib
import json
import time
from pathlib import Path

import pytest

from emulator.aws.trace_header import invocation_header
from tests.conformance.conftest import Tiny


@pytest.fixture(autouse=True)
def nothing_left(tiny: Tiny) -> None:
    """Tests share the queues: each starts when the one before has left nothing behind."""
    assert tiny.eventually(
        lambda: not any(tiny.depth(name) for name in ("jobs", "plain", "windowed", "slow", "starved")), seconds=40
    )
    tiny.seen_so_far()
    while tiny.depth("jobs-dead"):
        for message in tiny.sqs.receive_message(QueueUrl=tiny.queue("jobs-dead"), MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            tiny.sqs.delete_message(QueueUrl=tiny.queue("jobs-dead"), ReceiptHandle=message["ReceiptHandle"])


def test_es01_es02_es03_es04_the_event(tiny: Tiny) -> None:
    attributes = {"Kind": {"DataType": "String", "StringValue": "x"}}
    (message_id,) = tiny.put("plain", '{"spaces":   1}', MessageAttributes=attributes)
    ((record,),) = [told["event"]["Records"] for told in tiny.seen(1)]
    assert record["messageId"] == message_id
    assert record["body"] == '{"spaces":   1}'
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:000000000000:plain"
    assert record["awsRegion"] == "us-east-1"
    assert record["messageAttributes"]["Kind"] == {
        "stringValue": "x",
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": "String",
    }
    assert {"ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"} <= set(
        record["attributes"]
    )
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["md5OfBody"] == hashlib.md5(b'{"spaces":   1}', usedforsecurity=False).hexdigest()
    assert record["md5OfMessageAttributes"]


def test_es20_a_success_is_deleted(tiny: Tiny) -> None:
    tiny.put("plain", "fine")
    assert len(tiny.seen(1)) == 1
    assert tiny.eventually(lambda: tiny.depth("plain") == 0)


@pytest.mark.parametrize("body", ["raise", "exit", "sleep"])
def test_es21_es26_a_failure_comes_back_when_its_visibility_ends_and_es45_goes_to_the_dead_letters(
    tiny: Tiny, body: str
) -> None:
    assert tiny.eventually(lambda: tiny.environments("worker")["ready"] > 0), "after the failure of the test before"
    tiny.put("jobs", body)
    first, second = tiny.seen(2)
    assert second["time"] - first["time"] >= 2.5, "not before the queue's three seconds"
    assert second["event"]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"
    assert tiny.eventually(lambda: tiny.depth("jobs-dead") == 1)
    assert tiny.depth("jobs") == 0


def test_es24_only_the_reported_message_comes_back(tiny: Tiny) -> None:
    fine, fails = tiny.put("jobs", "fine", "fail")
    assert tiny.eventually(lambda: tiny.depth("jobs-dead") == 1)
    records = [record for told in tiny.seen_so_far() for record in told["event"]["Records"]]
    times_seen = {
        message_id: sum(record["messageId"] == message_id for record in records) for message_id in (fine, fails)
    }
    assert times_seen == {fine: 1, fails: 2}


def test_es25_an_unknown_id_fails_the_whole_batch(tiny: Tiny) -> None:
    tiny.put("jobs", "malformed")
    assert tiny.eventually(lambda: tiny.depth("jobs-dead") == 1)
    assert "is not a message of this batch" in tiny.log()


def test_es11_a_window_collects_a_batch(tiny: Tiny) -> None:
    started = time.time()
    bodies = [f"fine {number}" for number in range(12)]
    tiny.put("windowed", *bodies)
    batches = [len(told["event"]["Records"]) for told in tiny.seen(1)]
    assert batches[0] == 12, "more than one receive brings, in one event"
    assert time.time() - started >= 1.9


def test_es15_a_fifo_queues_group_keeps_its_order_over_retries(tiny: Tiny) -> None:
    """A message that failed comes back before any later one of its group; other groups go on meanwhile."""
    group = {"MessageGroupId": "a"}
    tiny.put("ordered.fifo", "fail at first", **group)
    first = tiny.seen(1)
    tiny.put("ordered.fifo", "later", **group)
    tiny.put("ordered.fifo", "other", MessageGroupId="b")
    assert tiny.eventually(lambda: tiny.depth("ordered.fifo") == 0)
    told = first + tiny.seen(3, seconds=1)
    records = [record for one in told for record in one["event"]["Records"]]
    assert [record["body"] for record in records if record["attributes"]["MessageGroupId"] == "a"] == [
        "fail at first",
        "fail at first",
        "later",
    ]
    assert [record["body"] for record in records].index("other") == 1
    assert "MessageDeduplicationId" in records[0]["attributes"]


def test_es31_es32_what_the_filter_drops_is_deleted_and_never_seen(tiny: Tiny) -> None:
    tiny.put("sifted", '{"kind": "other"}', "plain", '{"kind": "wanted", "n": 1}')
    assert [r["body"] for told in tiny.seen(1) for r in told["event"]["Records"]] == ['{"kind": "wanted", "n": 1}']
    assert tiny.eventually(lambda: tiny.depth("sifted") == 0)


def test_es23_nothing_reported_is_a_success(tiny: Tiny) -> None:
    tiny.put("jobs", "nothing")
    assert len(tiny.seen(1)) == 1
    assert tiny.eventually(lambda: tiny.depth("jobs") == 0)
    assert tiny.depth("jobs-dead") == 0


def test_es22_a_message_that_is_only_ever_throttled_becomes_a_dead_letter(tiny: Tiny) -> None:
    (message_id,) = tiny.put("starved", "good")
    assert tiny.eventually(lambda: tiny.depth("jobs-dead") == 1)
    line = next(line for line in tiny.log().splitlines() if "starved: 1 of 1 messages become visible again" in line)
    assert "above ReservedConcurrentExecutions; raise it" in line
    assert message_id


def test_a_slow_function_does_not_stall_another_mapping(tiny: Tiny, tmp_path: Path) -> None:
    """Both environments of the slow function are taken, and a third message waits for them."""
    slow = json.dumps({"do": "slow", "until": str(tmp_path / "now")})
    tiny.put("slow", slow, slow, slow)  # at once: the second starts the second environment
    assert len(tiny.seen(2)) == 2
    tiny.put("plain", "fine")
    (first,) = tiny.seen(1)
    assert [record["body"] for record in first["event"]["Records"]] == ["fine"], "no slow one has ended"
    (tmp_path / "now").touch()
    assert [told["event"] for told in tiny.seen(4)].count("woke") == 3


def test_es47_a_message_in_a_recursive_loop_does_not_reach_the_function(tiny: Tiny) -> None:
    header = ""
    for _ in range(16):
        header = invocation_header([header], "worker")
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}
    (message_id,) = tiny.put("jobs", "looping", MessageSystemAttributes=trace)
    assert tiny.eventually(lambda: tiny.depth("jobs-dead") == 1)
    assert tiny.seen(1, seconds=0.5) == []
    assert f"jobs: message {message_id} went through worker 16 times in a recursive loop" in tiny.log()


def test_es01_es02_a_trace_header_arrives_and_without_attributes_there_is_no_md5_of_them(tiny: Tiny) -> None:
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
    tiny.put("plain", "fine", MessageSystemAttributes=trace)
    ((record,),) = [told["event"]["Records"] for told in tiny.seen(1)]
    assert record["attributes"]["AWSTraceHeader"] == "Root=1-5759e988-bd862e3fe1be46a994272793"
    assert all(isinstance(value, str) for value in record["attributes"].values())
    assert "md5OfMessageAttributes" not in record


def test_es02_a_fifo_queues_attributes(tiny: Tiny) -> None:
    tiny.put("ordered.fifo", "fine", MessageGroupId="g", MessageDeduplicationId="d")
    ((record,),) = [told["event"]["Records"] for told in tiny.seen(1)]
    attributes = record["attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("g", "d")
    assert attributes["SequenceNumber"].isdigit()
