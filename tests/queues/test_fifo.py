"""FIFO queues: groups, order, deduplication. Expectations: SQS's developer guide; codes and words as recorded on AWS."""

from typing import Any

import pytest

from tests.queues.conftest import Sqs, soon


def put(sqs: Sqs, url: str, group: str, *bodies: str) -> list[dict[str, Any]]:
    return [sqs.send(url, body, MessageGroupId=group, MessageDeduplicationId=f"{group}-{body}") for body in bodies]


def test_messages_of_a_group_come_in_their_order(sqs: Sqs) -> None:
    url = sqs.make(fifo=True)
    bodies = [f"{n:02}" for n in range(12)]
    put(sqs, url, "g", *bodies)
    first = sqs.receive(url, 10)
    assert [message["Body"] for message in first] == bodies[:10]
    sqs.delete(url, *first)
    assert sqs.bodies(url) == bodies[10:]


def test_a_group_with_a_message_in_flight_waits_and_the_others_do_not(sqs: Sqs) -> None:
    url = sqs.make(fifo=True)
    put(sqs, url, "a", "a1", "a2")
    put(sqs, url, "b", "b1")
    first = sqs.one(url)
    assert first["Body"] == "a1"
    assert sqs.bodies(url) == ["b1"]
    assert sqs.receive(url) == []
    sqs.delete(url, first)
    assert sqs.bodies(url) == ["a2"]


def test_es52_a_group_is_free_as_soon_as_its_message_is_deleted_also_for_a_poll_that_began_before(sqs: Sqs) -> None:
    import threading

    url = sqs.make(fifo=True)
    put(sqs, url, "a", "1", "2")
    first = sqs.one(url)
    deleter = threading.Timer(0.5, lambda: sqs.delete(url, first))
    deleter.start()
    assert sqs.bodies(url, WaitTimeSeconds=10) == ["2"]
    deleter.join()


def test_es52_after_a_partial_failure_the_failed_message_and_all_after_it_come_in_order(sqs: Sqs) -> None:
    url = sqs.make(fifo=True)
    put(sqs, url, "a", "1", "2", "3", "4")
    received = sqs.receive(url, 10)
    assert [message["Body"] for message in received] == ["1", "2", "3", "4"]
    sqs.delete(url, received[0])
    entries = [
        {"Id": message["Body"], "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
        for message in received[1:]
    ]
    sqs.client.change_message_visibility_batch(QueueUrl=url, Entries=entries)
    assert sqs.bodies(url) == ["2", "3", "4"]


def test_after_a_timeout_the_group_starts_again_with_its_first(sqs: Sqs) -> None:
    url = sqs.make(fifo=True, VisibilityTimeout=1)
    put(sqs, url, "a", "1", "2")
    assert [message["Body"] for message in sqs.receive(url, 1)] == ["1"]
    assert sqs.one(url)["Body"] == "1"


def test_a_duplicate_is_accepted_and_not_delivered(sqs: Sqs) -> None:
    url = sqs.make(fifo=True)
    first, second = (sqs.send(url, body, MessageGroupId="g", MessageDeduplicationId="d") for body in ("one", "two"))
    assert (first["MessageId"], first["SequenceNumber"]) == (second["MessageId"], second["SequenceNumber"])
    (message,) = sqs.receive(url)
    assert message["Body"] == "one"
    sqs.delete(url, message)
    sqs.send(url, "three", MessageGroupId="g", MessageDeduplicationId="d")
    assert sqs.receive(url) == [], "recorded on AWS: also after a delete"


def test_the_same_deduplication_id_counts_in_all_groups(sqs: Sqs) -> None:
    """Recorded on AWS."""
    url = sqs.make(fifo=True)
    for group in ("1", "2"):
        sqs.send(url, "Test", MessageGroupId=group, MessageDeduplicationId="d")
    assert len(sqs.receive(url)) == 1


def test_a_queue_may_deduplicate_by_group(sqs: Sqs) -> None:
    """Recorded on AWS: high throughput."""
    url = sqs.make(fifo=True, DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    for group in ("1", "2"):
        sqs.send(url, f"Test{group}", MessageGroupId=group, MessageDeduplicationId="d")
    assert sorted(sqs.bodies(url)) == ["Test1", "Test2"]


def test_a_queue_may_deduplicate_by_content(sqs: Sqs) -> None:
    url = sqs.make(fifo=True, ContentBasedDeduplication="true")
    for group in ("1", "2"):
        sqs.send(url, "same", MessageGroupId=group)
    sqs.send(url, "same", MessageGroupId="1", MessageDeduplicationId="own")
    assert len(sqs.receive(url)) == 2


def test_attributes_are_no_content(sqs: Sqs) -> None:
    """SQS's developer guide: the hash is that of the body, not of the attributes."""
    url = sqs.make(fifo=True, ContentBasedDeduplication="true")
    for value in ("1", "2"):
        attributes = {"a": {"DataType": "String", "StringValue": value}}
        sqs.send(url, "same", MessageGroupId="g", MessageAttributes=attributes)
    assert len(sqs.receive(url)) == 1


def test_a_message_needs_a_group(sqs: Sqs) -> None:
    url = sqs.make(fifo=True)
    told = sqs.refused("send_message", QueueUrl=url, MessageBody="x", MessageDeduplicationId="d")
    assert told == (400, "MissingParameter", "The request must contain the parameter MessageGroupId.")


def test_a_message_needs_a_deduplication_id(sqs: Sqs) -> None:
    url = sqs.make(fifo=True)
    told = sqs.refused("send_message", QueueUrl=url, MessageBody="x", MessageGroupId="g")
    words = (
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    )
    assert told == (400, "InvalidParameterValue", words)


def test_a_message_of_a_batch_without_a_group_fails_the_batch(sqs: Sqs) -> None:
    """Recorded on AWS, with another code than SendMessage's."""
    url = sqs.make(fifo=True, ContentBasedDeduplication="true")
    told = sqs.refused("send_message_batch", QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x"}])
    assert told == (400, "InvalidParameterValue", "The request must contain the parameter MessageGroupId.")


@pytest.mark.parametrize("identifier", ["", "a" * 129, "group 123"], ids=["empty", "long", "blank"])
def test_a_deduplication_id_has_1_to_128_letters_digits_and_punctuation(sqs: Sqs, identifier: str) -> None:
    url = sqs.make(fifo=True)
    told = sqs.refused(
        "send_message", QueueUrl=url, MessageBody="x", MessageGroupId="g", MessageDeduplicationId=identifier
    )
    words = (
        f"Value {identifier} for parameter MessageDeduplicationId is invalid. Reason: MessageDeduplicationId can only"
        " include alphanumeric and punctuation characters. 1 to 128 in length."
    )
    assert told == (400, "InvalidParameterValue", words)


def test_a_message_has_no_delay_of_its_own(sqs: Sqs) -> None:
    url = sqs.make(fifo=True, ContentBasedDeduplication="true")
    told = sqs.refused("send_message", QueueUrl=url, MessageBody="x", MessageGroupId="g", DelaySeconds=2)
    words = (
        "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for"
        " this queue type."
    )
    assert told == (400, "InvalidParameterValue", words)


def test_a_delay_of_zero_is_the_queues(sqs: Sqs) -> None:
    """Recorded on AWS."""

    def sent(seconds: int) -> tuple[str, list[dict[str, Any]]]:
        url = sqs.make(fifo=True, ContentBasedDeduplication="true", DelaySeconds=seconds)
        sqs.send(url, "message-1", MessageGroupId="g", DelaySeconds=0)
        return url, sqs.receive(url)

    url, received = soon(sent)
    assert received == []
    assert sqs.one(url)["Body"] == "message-1"


def test_sequence_numbers_rise(sqs: Sqs) -> None:
    url = sqs.make(fifo=True)
    numbers = [sent["SequenceNumber"] for sent in put(sqs, url, "g", "1", "2", "3")]
    assert [len(number) for number in numbers] == [20, 20, 20]
    assert sorted(numbers, key=int) == numbers
    assert len(set(numbers)) == 3
    received = sqs.receive(url, MessageSystemAttributeNames=["All"])
    assert [message["Attributes"]["SequenceNumber"] for message in received] == numbers
    assert received[0]["Attributes"]["MessageGroupId"] == "g"
    assert received[0]["Attributes"]["MessageDeduplicationId"] == "g-1"


def test_a_batch_keeps_its_order(sqs: Sqs) -> None:
    url = sqs.make(fifo=True, ContentBasedDeduplication="true")
    entries = [{"Id": str(9 - n), "MessageBody": str(n), "MessageGroupId": "g"} for n in range(10)]
    answer = sqs.client.send_message_batch(QueueUrl=url, Entries=entries)
    assert all(int(one["SequenceNumber"]) for one in answer["Successful"])
    assert sqs.bodies(url) == [str(n) for n in range(10)]


def test_a_receipt_handle_expires_with_its_visibility(sqs: Sqs) -> None:
    """Recorded on AWS: on a standard queue it does not."""
    url = sqs.make(fifo=True)
    put(sqs, url, "g", "1")
    handle = sqs.one(url, VisibilityTimeout=1)["ReceiptHandle"]
    sqs.one(url)
    told = sqs.refused("delete_message", QueueUrl=url, ReceiptHandle=handle)
    words = f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
    assert told == (400, "InvalidParameterValue", words)


def test_a_receive_may_be_made_again(sqs: Sqs) -> None:
    """The API Reference: a retry with the same attempt id gets the same messages, while they are hidden."""
    url = sqs.make(fifo=True)
    put(sqs, url, "g", "1", "2")
    first = sqs.bodies(url, ReceiveRequestAttemptId="attempt")
    assert first == ["1", "2"]
    assert sqs.bodies(url, ReceiveRequestAttemptId="attempt") == first
    assert sqs.bodies(url, ReceiveRequestAttemptId="another") == []


def test_a_standard_queue_takes_no_deduplication_id(sqs: Sqs) -> None:
    told = sqs.refused("send_message", QueueUrl=sqs.make(), MessageBody="x", MessageDeduplicationId="d")
    assert told[:2] == (400, "InvalidParameterValue")
