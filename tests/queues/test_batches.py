"""Batches: what is demanded of a batch as a whole, and entries that fail one by one. Codes as recorded on AWS."""

from typing import Any

import pytest

from tests.queues.conftest import Sqs

BATCHES = ("send_message_batch", "delete_message_batch", "change_message_visibility_batch")


def entry(operation: str, identifier: str) -> dict[str, Any]:
    if operation == "send_message_batch":
        return {"Id": identifier, "MessageBody": "x"}
    handle = {"Id": identifier, "ReceiptHandle": "h"}
    return handle if operation == "delete_message_batch" else {**handle, "VisibilityTimeout": 1}


@pytest.mark.parametrize("operation", BATCHES)
def test_a_batch_has_1_to_10_entries(sqs: Sqs, operation: str) -> None:
    url = sqs.make()
    told = sqs.refused(operation, QueueUrl=url, Entries=[])
    assert told[:2] == (400, "EmptyBatchRequest")
    entries = [entry(operation, f"message-{n}") for n in range(20)]
    told = sqs.refused(operation, QueueUrl=url, Entries=entries)
    words = "Maximum number of entries per request are 10. You have sent 20."
    assert told == (400, "TooManyEntriesInBatchRequest", words)


@pytest.mark.parametrize("operation", BATCHES)
@pytest.mark.parametrize("identifier", ["", "a" * 81, "invalid:id", "a b"], ids=["empty", "long", "colon", "blank"])
def test_the_id_of_an_entry_has_1_to_80_letters_digits_hyphens_and_underscores(
    sqs: Sqs, operation: str, identifier: str
) -> None:
    told = sqs.refused(operation, QueueUrl=sqs.make(), Entries=[entry(operation, identifier)])
    words = (
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores."
        " It can be at most 80 letters long."
    )
    assert told == (400, "InvalidBatchEntryId", words)


@pytest.mark.parametrize("operation", BATCHES)
def test_the_ids_of_entries_are_distinct(sqs: Sqs, operation: str) -> None:
    entries = [entry(operation, "a"), entry(operation, "a")]
    told = sqs.refused(operation, QueueUrl=sqs.make(), Entries=entries)
    assert told[:2] == (400, "BatchEntryIdsNotDistinct")


def test_a_batch_is_sent_with_attributes_and_delays_of_each_message(sqs: Sqs) -> None:
    url = sqs.make()
    attribute = {"DataType": "String", "StringValue": "v"}
    entries = [
        {"Id": "a", "MessageBody": "first"},
        {"Id": "b", "MessageBody": "second", "MessageAttributes": {"n": attribute}},
        {"Id": "c", "MessageBody": "later", "DelaySeconds": 60},
    ]
    answer = sqs.client.send_message_batch(QueueUrl=url, Entries=entries)
    assert not answer.get("Failed")
    assert {one["Id"] for one in answer["Successful"]} == {"a", "b", "c"}
    assert all(one["MessageId"] and one["MD5OfMessageBody"] for one in answer["Successful"])
    messages = sqs.receive(url, MessageAttributeNames=["All"])
    assert {m["Body"]: m.get("MessageAttributes") for m in messages} == {"first": None, "second": {"n": attribute}}


def test_an_entry_that_is_too_large_for_its_queue_fails_alone(sqs: Sqs) -> None:
    url = sqs.make(MaximumMessageSize=1024)
    entries = [{"Id": "large", "MessageBody": "a" * 1025}, {"Id": "small", "MessageBody": "a" * 1024}]
    answer = sqs.client.send_message_batch(QueueUrl=url, Entries=entries)
    (failed,) = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("large", "InvalidParameterValue", True)
    assert failed["Message"].endswith("Reason: Message must be shorter than 1024 bytes.")
    assert [one["Id"] for one in answer["Successful"]] == ["small"]


def test_an_entry_with_characters_that_xml_has_not_fails_alone(sqs: Sqs) -> None:
    entries = [{"Id": "bad", "MessageBody": "\x00"}, {"Id": "good", "MessageBody": "x"}]
    answer = sqs.client.send_message_batch(QueueUrl=sqs.make(), Entries=entries)
    assert [(one["Id"], one["Code"]) for one in answer["Failed"]] == [("bad", "InvalidMessageContents")]
    assert [one["Id"] for one in answer["Successful"]] == ["good"]


def test_a_batch_has_a_mebibyte_at_most(sqs: Sqs) -> None:
    url = sqs.make()
    attribute = {"n": {"DataType": "String", "StringValue": "v"}}  # eight bytes
    whole = [
        {"Id": "1", "MessageBody": "a" * 1_048_567, "MessageAttributes": attribute},
        {"Id": "2", "MessageBody": "a"},
    ]
    assert len(sqs.client.send_message_batch(QueueUrl=url, Entries=whole)["Successful"]) == 2
    told = sqs.refused("send_message_batch", QueueUrl=url, Entries=[*whole[:1], {"Id": "2", "MessageBody": "aa"}])
    words = "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."
    assert told == (400, "BatchRequestTooLong", words)


def test_messages_are_deleted_in_a_batch_and_what_is_no_handle_fails_alone(sqs: Sqs) -> None:
    url = sqs.make(VisibilityTimeout=1)
    for n in range(3):
        sqs.send(url, str(n))
    handles: list[str] = []
    while len(handles) < 3:
        handles += [message["ReceiptHandle"] for message in sqs.receive(url, VisibilityTimeout=30)]
    entries = [{"Id": str(n), "ReceiptHandle": handle} for n, handle in enumerate(handles)]
    answer = sqs.client.delete_message_batch(QueueUrl=url, Entries=[*entries, {"Id": "no", "ReceiptHandle": "garbage"}])
    assert {one["Id"] for one in answer["Successful"]} == {"0", "1", "2"}
    (failed,) = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("no", "ReceiptHandleIsInvalid", True)
    assert sqs.attributes(url, "ApproximateNumberOfMessagesNotVisible") == {
        "ApproximateNumberOfMessagesNotVisible": "0"
    }


def test_visibility_is_changed_in_a_batch(sqs: Sqs) -> None:
    url = sqs.make()
    for n in range(2):
        sqs.send(url, str(n))
    messages: list[dict[str, Any]] = []
    while len(messages) < 2:
        messages += sqs.receive(url)
    entries = [
        {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
        for n, message in enumerate(messages)
    ]
    answer = sqs.client.change_message_visibility_batch(QueueUrl=url, Entries=entries)
    assert {one["Id"] for one in answer["Successful"]} == {"0", "1"}
    assert sqs.one(url)["Body"] in "01"
