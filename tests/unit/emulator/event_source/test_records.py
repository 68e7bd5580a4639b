import json

from hypothesis import given
from hypothesis import strategies as st

from emulator.event_source.records import encode_event, encode_record, split_by_size, to_record

MESSAGE = {
    "MessageId": "id-1",
    "ReceiptHandle": "handle",
    "Body": '{"b":  1}',
    "MD5OfBody": "md5",
    "Attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1"},
    "MessageAttributes": {
        "T": {"StringValue": "x", "DataType": "String"},
        "B": {"BinaryValue": b"\x00\x01", "DataType": "Binary"},
    },
    "MD5OfMessageAttributes": "md5a",
}


def record(**changes: object) -> dict:
    message = {key: value for key, value in {**MESSAGE, **changes}.items() if value is not None}
    return to_record(message, queue_arn="arn:aws:sqs:r:1:q", region="r")


def test_es01_a_record_has_lambdas_keys() -> None:
    names = "messageId receiptHandle body attributes messageAttributes md5OfBody"
    assert list(record()) == [*names.split(), "eventSource", "eventSourceARN", "awsRegion", "md5OfMessageAttributes"]
    assert record()["eventSource"] == "aws:sqs"
    assert "md5OfMessageAttributes" not in record(MessageAttributes=None, MD5OfMessageAttributes=None)


def test_es02_system_attributes_are_passed_on() -> None:
    assert record()["attributes"] == {"ApproximateReceiveCount": "1", "SentTimestamp": "1"}


def test_es03_message_attributes_are_camel_case_with_empty_lists() -> None:
    assert record()["messageAttributes"] == {
        "T": {"stringValue": "x", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
        "B": {"binaryValue": "AAE=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
    }


def test_es04_the_body_is_passed_verbatim() -> None:
    assert json.loads(encode_event([encode_record(record())]))["Records"][0]["body"] == '{"b":  1}'


@given(st.lists(st.integers(1, 50), max_size=30))
def test_es11_a_batch_is_cut_so_that_every_event_fits(sizes: list[int]) -> None:
    limit = len(encode_event([b""])) + 60
    parts = list(split_by_size(sizes, limit=limit))
    assert [i for part in parts for i in part] == list(range(len(sizes)))
    for part in parts:
        event = encode_event([b"x" * sizes[i] for i in part])
        assert len(event) <= limit
