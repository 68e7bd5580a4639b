"""Messages: what may be sent, what comes back, and for how long it is hidden.

Expectations: SQS's API Reference and developer guide ("message metadata" has the rule of MD5OfMessageAttributes);
digests, words and codes of errors as recorded on AWS.
"""

import hashlib
import struct
import time
from typing import Any

import pytest

from tests.queues.conftest import Sqs, soon
from tests.queues.servers import ACCOUNT

MIB = 1_048_576


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def attributes_digest(attributes: dict[str, dict[str, Any]]) -> str:
    """As the developer guide describes it: sorted by name; lengths in four bytes, 1 for texts and 2 for bytes."""
    told = b""
    for name in sorted(attributes):
        one = attributes[name]
        for text in (name, one["DataType"]):
            told += struct.pack(">I", len(text.encode())) + text.encode()
        value = one["BinaryValue"] if "BinaryValue" in one else one["StringValue"].encode()
        told += (b"\x02" if "BinaryValue" in one else b"\x01") + struct.pack(">I", len(value)) + value
    return hashlib.md5(told, usedforsecurity=False).hexdigest()


def text_attribute(value: str, kind: str = "String") -> dict[str, Any]:
    return {"DataType": kind, "StringValue": value}


BODIES = {
    "letter": "x",
    "blank": " ",
    "beyond ASCII": "é ü 😀",
    "white space": "\t\r\n x \r\n",
    "JSON": '{"a": "<&>"}',
    "edges": "\ud7ff\ue000\ufffd\U0010ffff",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_comes_back_as_it_was_sent(sqs: Sqs, body: str) -> None:
    url = sqs.make()
    sent = sqs.send(url, body)
    assert sent["MD5OfMessageBody"] == md5(body)
    message = sqs.one(url)
    assert (message["Body"], message["MD5OfBody"], message["MessageId"]) == (body, md5(body), sent["MessageId"])


@pytest.mark.parametrize("body", ["\x00", "a\x0bb", "\ufffe", "\uffff"], ids=["0", "0B", "FFFE", "FFFF"])
def test_a_character_that_xml_has_not_is_refused(sqs: Sqs, body: str) -> None:
    assert sqs.refused("send_message", QueueUrl=sqs.make(), MessageBody=body)[:2] == (400, "InvalidMessageContents")


def test_an_empty_body_is_refused(sqs: Sqs) -> None:
    told = sqs.refused("send_message", QueueUrl=sqs.make(), MessageBody="")
    assert told == (400, "MissingParameter", "The request must contain the parameter MessageBody.")


def test_a_body_of_a_mebibyte_passes_and_one_more_byte_is_refused(sqs: Sqs) -> None:
    url = sqs.make()
    sqs.send(url, "a" * MIB)
    assert len(sqs.one(url)["Body"]) == MIB
    told = sqs.refused("send_message", QueueUrl=url, MessageBody="a" * (MIB + 1))
    words = "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."
    assert told == (400, "InvalidParameterValue", words)


def test_size_is_counted_in_bytes_and_attributes_count(sqs: Sqs) -> None:
    url = sqs.make()
    assert sqs.refused("send_message", QueueUrl=url, MessageBody="é" * (MIB // 2) + "a")[1] == "InvalidParameterValue"
    attributes = {"n": text_attribute("v")}  # n, String, v: eight bytes
    sqs.send(url, "a" * (MIB - 8), MessageAttributes=attributes)
    told = sqs.refused("send_message", QueueUrl=url, MessageBody="a" * (MIB - 7), MessageAttributes=attributes)
    assert told[:2] == (400, "InvalidParameterValue")


def test_a_queue_may_take_smaller_messages_only(sqs: Sqs) -> None:
    url = sqs.make(MaximumMessageSize=1024)
    sqs.send(url, "a" * 1024)
    told = sqs.refused("send_message", QueueUrl=url, MessageBody="a" * 1025)
    words = "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."
    assert told == (400, "InvalidParameterValue", words)


def test_attributes_come_back_when_they_are_asked_for(sqs: Sqs) -> None:
    url = sqs.make(VisibilityTimeout=0)
    attributes = {
        "foo.bar": text_attribute("a ü"),
        "foo.other": text_attribute("12.5", "Number"),
        "x": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"},
        "y": text_attribute("1", "Number.int"),
    }
    sent = sqs.send(url, MessageAttributes=attributes)
    assert sent["MD5OfMessageAttributes"] == attributes_digest(attributes)
    bare = sqs.one(url)
    assert not {"MessageAttributes", "MD5OfMessageAttributes", "Attributes"} & set(bare)
    for names, expected in [
        (["All"], set(attributes)),
        ([".*"], set(attributes)),
        (["foo.*"], {"foo.bar", "foo.other"}),
        (["x", "nothing"], {"x"}),
    ]:
        message = sqs.one(url, MessageAttributeNames=names)
        wanted = {key: attributes[key] for key in expected}
        assert message["MessageAttributes"] == wanted
        assert message["MD5OfMessageAttributes"] == attributes_digest(wanted)
    assert "MessageAttributes" not in sqs.one(url, MessageAttributeNames=["nothing"])


def test_the_digest_of_a_binary_attribute_is_the_recorded_one(sqs: Sqs) -> None:
    """Recorded on AWS."""
    value = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"
    sent = sqs.send(sqs.make(), "test", MessageAttributes={"attr1": {"DataType": "Binary", "BinaryValue": value}})
    assert sent["MD5OfMessageAttributes"] == "8cbe4db156db8a94db8b801b7addb984"


BAD_ATTRIBUTES: list[tuple[str, dict[str, dict[str, Any]]]] = [
    ("empty text", {"a": text_attribute("")}),
    ("empty bytes", {"a": {"DataType": "Binary", "BinaryValue": b""}}),
    ("unknown type", {"a": text_attribute("v", "Text")}),
    ("empty type", {"a": text_attribute("v", "")}),
    ("no number", {"a": text_attribute("many", "Number")}),
    ("empty name", {"": text_attribute("v")}),
    ("character in the name", {"a b": text_attribute("v")}),
    ("reserved name", {"AWS.x": text_attribute("v")}),
    ("name with two dots", {"a..b": text_attribute("v")}),
    ("name of 257", {"a" * 257: text_attribute("v")}),
    ("eleven", {f"a{n}": text_attribute("v") for n in range(11)}),
]


@pytest.mark.parametrize("attributes", [one[1] for one in BAD_ATTRIBUTES], ids=[one[0] for one in BAD_ATTRIBUTES])
def test_an_attribute_that_sqs_does_not_take_is_refused(sqs: Sqs, attributes: dict[str, Any]) -> None:
    told = sqs.refused("send_message", QueueUrl=sqs.make(), MessageBody="x", MessageAttributes=attributes)
    assert told[:2] == (400, "InvalidParameterValue")


def test_the_words_for_an_empty_attribute(sqs: Sqs) -> None:
    """Recorded on AWS."""
    told = sqs.refused(
        "send_message", QueueUrl=sqs.make(), MessageBody="x", MessageAttributes={"ErrorDetails": text_attribute("")}
    )
    words = "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'."
    assert told == (400, "InvalidParameterValue", words)


def test_es02_the_system_attributes(sqs: Sqs) -> None:
    url = sqs.make(VisibilityTimeout=0)
    before = int(time.time() * 1000)
    sqs.send(url)
    first = sqs.one(url, MessageSystemAttributeNames=["All"])["Attributes"]
    assert first["ApproximateReceiveCount"] == "1"
    assert before <= int(first["SentTimestamp"]) <= int(first["ApproximateFirstReceiveTimestamp"])
    assert first["SenderId"]
    assert set(first) == {"ApproximateReceiveCount", "SentTimestamp", "ApproximateFirstReceiveTimestamp", "SenderId"}
    again = sqs.one(url, AttributeNames=["All"])["Attributes"]
    assert again == {**first, "ApproximateReceiveCount": "2"}
    some = sqs.one(url, MessageSystemAttributeNames=["SenderId"], AttributeNames=["SentTimestamp"])["Attributes"]
    assert set(some) == {"SenderId", "SentTimestamp"}


def test_a_trace_header_travels_with_the_message(sqs: Sqs) -> None:
    url = sqs.make()
    header = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"
    sent = sqs.send(url, MessageSystemAttributes={"AWSTraceHeader": text_attribute(header)})
    assert sent["MD5OfMessageSystemAttributes"] == attributes_digest({"AWSTraceHeader": text_attribute(header)})
    message = sqs.one(url, MessageSystemAttributeNames=["AWSTraceHeader"])
    assert message["Attributes"] == {"AWSTraceHeader": header}


@pytest.mark.parametrize("count", [0, 11, -1])
def test_a_receive_takes_1_to_10_messages(sqs: Sqs, count: int) -> None:
    told = sqs.refused("receive_message", QueueUrl=sqs.make(), MaxNumberOfMessages=count)
    words = (
        f"Value {count} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."
    )
    assert told == (400, "InvalidParameterValue", words)


@pytest.mark.parametrize("wait_s", [21, -1])
def test_a_receive_waits_20_seconds_at_most(sqs: Sqs, wait_s: int) -> None:
    told = sqs.refused("receive_message", QueueUrl=sqs.make(), WaitTimeSeconds=wait_s)
    words = f"Value {wait_s} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."
    assert told == (400, "InvalidParameterValue", words)


@pytest.mark.parametrize("visibility_s", [43_201, -1])
def test_a_message_is_hidden_for_12_hours_at_most(sqs: Sqs, visibility_s: int) -> None:
    url = sqs.make()
    told = sqs.refused("receive_message", QueueUrl=url, VisibilityTimeout=visibility_s)
    assert told[:2] == (400, "InvalidParameterValue")
    sqs.send(url)
    handle = sqs.one(url)["ReceiptHandle"]
    told = sqs.refused("change_message_visibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=visibility_s)
    assert told[:2] == (400, "InvalidParameterValue")


def test_an_empty_queue_answers_without_messages(sqs: Sqs) -> None:
    assert "Messages" not in sqs.client.receive_message(QueueUrl=sqs.make())


def test_a_received_message_is_hidden_and_comes_back_after_its_timeout(sqs: Sqs) -> None:
    def received(seconds: int) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
        url = sqs.make(VisibilityTimeout=seconds)
        sqs.send(url, "back")
        return url, sqs.one(url), sqs.receive(url)

    url, first, hidden = soon(received)
    assert hidden == []
    again = sqs.one(url, MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert (again["Body"], again["Attributes"]["ApproximateReceiveCount"]) == ("back", "2")
    assert again["MessageId"] == first["MessageId"]
    assert again["ReceiptHandle"] != first["ReceiptHandle"]


def test_a_receive_may_hide_for_a_time_of_its_own(sqs: Sqs) -> None:
    def received(seconds: int) -> tuple[str, list[dict[str, Any]]]:
        url = sqs.make(VisibilityTimeout=30)
        sqs.send(url)
        sqs.one(url, VisibilityTimeout=seconds)
        return url, sqs.receive(url)

    url, hidden = soon(received)
    assert hidden == []
    assert sqs.one(url, VisibilityTimeout=0)["Body"] == "x"


def test_visibility_can_be_ended_and_extended(sqs: Sqs) -> None:
    def extended(seconds: int) -> tuple[str, int]:
        url = sqs.make(VisibilityTimeout=seconds)
        sqs.send(url)
        for visibility_s in (0, 60):
            (message,) = sqs.receive(url)
            handle = message["ReceiptHandle"]
            sqs.client.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=visibility_s)
        return url, seconds

    url, seconds = soon(extended)
    assert sqs.receive(url, WaitTimeSeconds=seconds + 1) == []
    counts = sqs.attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    assert counts == {"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "1"}


def test_the_visibility_of_a_message_that_is_not_in_flight_cannot_be_changed(sqs: Sqs) -> None:
    url = sqs.make()
    sqs.send(url)
    message = sqs.one(url)
    sqs.delete(url, message)
    told = sqs.refused(
        "change_message_visibility", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=1
    )
    assert told[0] == 400
    assert told[1] in ("InvalidParameterValue", "MessageNotInflight")


def test_a_deleted_message_is_gone_and_may_be_deleted_again(sqs: Sqs) -> None:
    url = sqs.make(VisibilityTimeout=1)
    sqs.send(url)
    message = sqs.one(url)
    sqs.delete(url, message, message)
    assert sqs.receive(url, WaitTimeSeconds=2) == []


def test_an_older_receipt_handle_still_deletes_a_message_that_is_visible_again(sqs: Sqs) -> None:
    """Recorded on AWS for standard queues: a delete after the timeout empties the queue."""
    url = sqs.make()
    sqs.send(url)
    message = sqs.one(url, VisibilityTimeout=0)
    sqs.delete(url, message)
    assert sqs.receive(url) == []


def test_a_receipt_handle_that_is_none_is_refused(sqs: Sqs) -> None:
    told = sqs.refused("delete_message", QueueUrl=sqs.make(), ReceiptHandle="garbage")
    assert told[:2] == (404, "ReceiptHandleIsInvalid")


def test_a_message_may_be_delayed(sqs: Sqs) -> None:
    def sent(seconds: int) -> tuple[str, list[dict[str, Any]], dict[str, str]]:
        url = sqs.make()
        sqs.send(url, "later", DelaySeconds=seconds)
        return url, sqs.receive(url), sqs.attributes(url, "ApproximateNumberOfMessagesDelayed")

    url, received, counts = soon(sent)
    assert (received, counts) == ([], {"ApproximateNumberOfMessagesDelayed": "1"})
    assert sqs.one(url)["Body"] == "later"


def test_a_queue_may_delay_its_messages_and_a_message_may_say_otherwise(sqs: Sqs) -> None:
    def sent(seconds: int) -> tuple[str, list[str]]:
        url = sqs.make(DelaySeconds=seconds)
        sqs.send(url, "as the queue says")
        sqs.send(url, "at once", DelaySeconds=0)
        return url, sqs.bodies(url)

    url, received = soon(sent)
    assert received == ["at once"]
    assert sqs.one(url)["Body"] == "as the queue says"


@pytest.mark.parametrize("delay_s", [901, -1])
def test_a_delay_is_15_minutes_at_most(sqs: Sqs, delay_s: int) -> None:
    told = sqs.refused("send_message", QueueUrl=sqs.make(), MessageBody="x", DelaySeconds=delay_s)
    assert told[:2] == (400, "InvalidParameterValue")
    assert f"Value {delay_s} for parameter DelaySeconds is invalid." in told[2]


def test_messages_are_counted_by_their_state(sqs: Sqs) -> None:
    url = sqs.make()
    for _ in range(3):
        sqs.send(url)
    sqs.send(url, DelaySeconds=60)
    sqs.receive(url, 1)
    names = (
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    )
    assert sqs.attributes(url, *names) == dict(zip(names, ("2", "1", "1"), strict=True))


def test_es49_a_standard_queue_takes_a_message_group(sqs: Sqs) -> None:
    """Recorded on AWS: fair queues; no order, no sequence number."""
    url = sqs.make()
    sent = sqs.send(url, MessageGroupId="tenant")
    assert "SequenceNumber" not in sent
    attributes = sqs.one(url, MessageSystemAttributeNames=["All"])["Attributes"]
    assert attributes["MessageGroupId"] == "tenant"
    assert "SequenceNumber" not in attributes


@pytest.mark.parametrize("group", ["", "a" * 129, "group 123"], ids=["empty", "long", "blank"])
def test_a_message_group_has_1_to_128_letters_digits_and_punctuation(sqs: Sqs, group: str) -> None:
    told = sqs.refused("send_message", QueueUrl=sqs.make(), MessageBody="x", MessageGroupId=group)
    words = (
        f"Value {group} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric"
        " and punctuation characters. 1 to 128 in length."
    )
    assert told == (400, "InvalidParameterValue", words)


def test_the_sender_is_the_account_or_a_user(sqs: Sqs) -> None:
    url = sqs.make()
    sqs.send(url)
    sender = sqs.one(url, MessageSystemAttributeNames=["SenderId"])["Attributes"]["SenderId"]
    assert sender in (ACCOUNT, "127.0.0.1") or sender.startswith(("AIDA", "AROA"))
