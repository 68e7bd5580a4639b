"""The SQS trigger from outside: messages in with boto3, effects seen on queues."""

import time

import pytest

from tests.conformance.conftest import Tiny, on_both_engines


@pytest.fixture(autouse=True)
def nothing_left(tiny: Tiny) -> None:
    """Tests share the queues: each starts when the one before has left nothing behind."""
    assert tiny.eventually(lambda: not any(tiny.depth(name) for name in ("jobs", "plain", "windowed")), seconds=40)
    tiny.seen(10_000, seconds=0.3)
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


@on_both_engines
def test_es20_a_success_is_deleted(tiny: Tiny) -> None:
    tiny.put("plain", "fine")
    assert len(tiny.seen(1)) == 1
    assert tiny.eventually(lambda: tiny.depth("plain") == 0)


@on_both_engines
@pytest.mark.parametrize("body", ["raise", "exit"])
def test_es21_a_failure_comes_back_when_its_visibility_ends_and_es45_goes_to_the_dead_letters(
    tiny: Tiny, body: str
) -> None:
    tiny.put("jobs", body)
    first, second = tiny.seen(2)
    assert second["time"] - first["time"] >= 2.5, "not before the queue's three seconds"
    assert second["event"]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"
    assert tiny.eventually(lambda: tiny.depth("jobs-dead") == 1)
    assert tiny.depth("jobs") == 0


def test_es24_only_the_reported_message_comes_back(tiny: Tiny) -> None:
    fine, fails = tiny.put("jobs", "fine", "fail")
    assert tiny.eventually(lambda: tiny.depth("jobs-dead") == 1)
    records = [record for told in tiny.seen(3, seconds=5) for record in told["event"]["Records"]]
    times_seen = {
        message_id: sum(record["messageId"] == message_id for record in records) for message_id in (fine, fails)
    }
    assert times_seen == {fine: 1, fails: 2}


def test_es25_an_unknown_id_fails_the_whole_batch(tiny: Tiny) -> None:
    tiny.put("jobs", "malformed")
    assert tiny.eventually(lambda: tiny.depth("jobs-dead") == 1)
    assert "is no message of this batch" in tiny.log()


def test_es11_a_window_collects_a_batch(tiny: Tiny) -> None:
    started = time.time()
    tiny.put("windowed", *(f"fine {number}" for number in range(12)))
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
    told = first + tiny.seen(3)
    records = [record for one in told for record in one["event"]["Records"]]
    assert [record["body"] for record in records if record["attributes"]["MessageGroupId"] == "a"] == [
        *("fail at first", "fail at first", "later")
    ]
    assert [record["body"] for record in records].index("other") == 1
    assert "MessageDeduplicationId" in records[0]["attributes"]
    assert tiny.eventually(lambda: tiny.depth("ordered.fifo") == 0)


def test_es31_es32_what_the_filter_drops_is_deleted_and_never_seen(tiny: Tiny) -> None:
    tiny.put("sifted", '{"kind": "other"}', "plain", '{"kind": "wanted", "n": 1}')
    assert [r["body"] for told in tiny.seen(1) for r in told["event"]["Records"]] == ['{"kind": "wanted", "n": 1}']
    assert tiny.eventually(lambda: tiny.depth("sifted") == 0)
