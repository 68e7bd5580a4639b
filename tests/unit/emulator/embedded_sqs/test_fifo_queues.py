"""FIFO queues of the embedded SQS: order by group, deduplication, attempts."""

import asyncio
from typing import Any

import pytest

from tests.unit.emulator.embedded_sqs.virtual_sqs import VirtualSqs, run

FIFO = "q.fifo"


async def send(sqs: VirtualSqs, group: str, *bodies: str, **parameters: Any) -> None:
    for body in bodies:
        await sqs.send(FIFO, body, MessageGroupId=group, **{"MessageDeduplicationId": f"{group}-{body}", **parameters})


def by_body(messages: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {message["Body"]: message for message in messages}


def test_es15_a_group_is_received_in_order_and_waits_for_its_first_message() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create(FIFO)
        await send(sqs, "g", "1", "2", "3", "4", "5")
        first = await sqs.receive(FIFO, 2)
        assert [message["Body"] for message in first] == ["1", "2"]
        assert await sqs.receive(FIFO) == []
        await sqs.delete(FIFO, first[1])
        assert await sqs.receive(FIFO) == []
        await sqs.delete(FIFO, first[0])
        assert await sqs.bodies(FIFO) == ["3", "4", "5"]

    run(program)


def test_es52_a_group_is_free_as_soon_as_its_message_is_deleted_also_for_a_poll_that_waits() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create(FIFO)
        await send(sqs, "g", "1", "2")
        (first,) = await sqs.receive(FIFO, 1)
        poll = asyncio.ensure_future(sqs.bodies(FIFO, WaitTimeSeconds=20))
        await asyncio.sleep(1)
        await sqs.delete(FIFO, first)
        async with asyncio.timeout(0.001):
            assert await poll == ["2"]

    run(program)


@pytest.mark.parametrize(("position", "received"), [(0, []), (1, ["foo"]), (2, ["foo", "bar"])])
def test_a_hidden_message_hides_those_of_its_group_that_come_after_it(position: int, received: list[str]) -> None:
    """As LocalStack recorded it on AWS: test_fifo_group_visibility_extends_with_change_message_visibility."""

    async def program(sqs: VirtualSqs) -> None:
        await sqs.create(FIFO, VisibilityTimeout="1")
        await send(sqs, "1", "foo", "bar", "baz")
        messages = await sqs.receive(FIFO, 5)
        handle = {"ReceiptHandle": messages[position]["ReceiptHandle"]}
        await sqs.call("ChangeMessageVisibility", FIFO, VisibilityTimeout=4, **handle)
        await asyncio.sleep(2.5)
        assert await sqs.bodies(FIFO, 5) == received

    run(program)


def test_groups_take_turns_and_one_that_was_received_from_goes_behind() -> None:
    """As LocalStack recorded it on AWS: test_fifo_receive_message_visibility_timeout_shared_in_group."""

    async def program(sqs: VirtualSqs) -> None:
        await sqs.create(FIFO, VisibilityTimeout="1")
        await send(sqs, "1", "g1-m1", "g1-m2", "g1-m3", "g1-m4")
        await send(sqs, "2", "g2-m1")
        await send(sqs, "3", "g3-m1")
        assert await sqs.bodies(FIFO, 2) == ["g1-m1", "g1-m2"]
        assert await sqs.bodies(FIFO, 1) == ["g2-m1"]
        await asyncio.sleep(2)
        order = await sqs.bodies(FIFO, VisibilityTimeout=0)
        assert order == ["g3-m1", "g1-m1", "g1-m2", "g1-m3", "g1-m4", "g2-m1"]

    run(program)


def test_retries_come_before_new_messages_of_the_group() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create(FIFO, VisibilityTimeout="5")
        await send(sqs, "g", "1", "2", "3", "4")
        messages = by_body(await sqs.receive(FIFO))
        await sqs.delete(FIFO, messages["1"])
        await send(sqs, "g", "5")
        await asyncio.sleep(5)
        assert await sqs.bodies(FIFO) == ["2", "3", "4", "5"]

    run(program)


def test_a_duplicate_within_five_minutes_is_answered_like_the_first_and_not_delivered() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create(FIFO)
        about = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}
        first = await sqs.call("SendMessage", FIFO, MessageBody="a", **about)
        (message,) = await sqs.receive(FIFO)
        await sqs.delete(FIFO, message)
        await asyncio.sleep(299)
        again = await sqs.call("SendMessage", FIFO, MessageBody="a", **about)
        assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
        assert await sqs.receive(FIFO) == []
        await asyncio.sleep(1)
        later = await sqs.call("SendMessage", FIFO, MessageBody="a", **about)
        assert later["MessageId"] != first["MessageId"]
        assert await sqs.bodies(FIFO) == ["a"]

    run(program)


@pytest.mark.parametrize(("scope", "delivered"), [("queue", ["a"]), ("messageGroup", ["a", "b"])])
def test_deduplication_goes_by_the_queue_or_by_the_group(scope: str, delivered: list[str]) -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create(FIFO, DeduplicationScope=scope)
        await send(sqs, "1", "a", MessageDeduplicationId="same")
        await send(sqs, "2", "b", MessageDeduplicationId="same")
        assert await sqs.bodies(FIFO) == delivered

    run(program)


def test_with_content_based_deduplication_the_body_alone_counts() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create(FIFO, ContentBasedDeduplication="true")
        attribute = {"a": {"DataType": "String", "StringValue": "x"}}
        first = await sqs.call("SendMessage", FIFO, MessageBody="a", MessageGroupId="g")
        second = await sqs.call("SendMessage", FIFO, MessageBody="a", MessageGroupId="h", MessageAttributes=attribute)
        assert second["MessageId"] == first["MessageId"]
        (message,) = await sqs.receive(FIFO)
        # printf a | sha256sum
        expected = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
        assert message["Attributes"]["MessageDeduplicationId"] == expected

    run(program)


def test_sequence_numbers_have_twenty_digits_and_increase() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create(FIFO, ContentBasedDeduplication="true")
        answers = [await sqs.call("SendMessage", FIFO, MessageBody=str(n), MessageGroupId=str(n % 2)) for n in range(5)]
        numbers = [answer["SequenceNumber"] for answer in answers]
        assert all(len(number) == 20 for number in numbers)
        assert numbers == sorted(set(numbers))

    run(program)


def test_the_same_attempt_gets_the_same_messages_while_they_are_unchanged() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create(FIFO, VisibilityTimeout="10")
        await send(sqs, "g", "1", "2", "3")
        attempt = {"ReceiveRequestAttemptId": "one"}
        first = await sqs.receive(FIFO, 2, **attempt)
        await asyncio.sleep(8)
        assert await sqs.receive(FIFO, 2, **attempt) == first
        await asyncio.sleep(8)  # the second answer has hidden them anew
        assert await sqs.receive(FIFO, 2) == []
        await sqs.delete(FIFO, first[0])
        assert await sqs.receive(FIFO, 2, **attempt) == []

    run(program)


def test_a_queues_delay_holds_for_each_message_and_none_can_be_given_to_one() -> None:
    """As LocalStack recorded it on AWS: zero is taken, and the queue's delay holds."""

    async def program(sqs: VirtualSqs) -> None:
        await sqs.create(FIFO, DelaySeconds="2")
        await send(sqs, "g", "1", DelaySeconds=0)
        assert await sqs.receive(FIFO) == []
        about = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}
        code, message = await sqs.refusal("SendMessage", FIFO, MessageBody="b", DelaySeconds=2, **about)
        reason = "The request include parameter that is not valid for this queue type."
        assert (code, message) == (
            "InvalidParameterValue",
            f"Value 2 for parameter DelaySeconds is invalid. Reason: {reason}",
        )
        await asyncio.sleep(2)
        assert await sqs.bodies(FIFO) == ["1"]

    run(program)


def test_a_handle_whose_visibility_is_over_deletes_nothing_on_a_fifo_queue() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create(FIFO, VisibilityTimeout="1")
        await send(sqs, "g", "1")
        (message,) = await sqs.receive(FIFO)
        await asyncio.sleep(1)
        handle = message["ReceiptHandle"]
        code, told = await sqs.refusal("DeleteMessage", FIFO, ReceiptHandle=handle)
        reason = "The receipt handle has expired."
        expected = f"Value {handle} for parameter ReceiptHandle is invalid. Reason: {reason}"
        assert (code, told) == ("InvalidParameterValue", expected)
        assert await sqs.bodies(FIFO) == ["1"]

    run(program)


def test_what_a_fifo_queue_wants_of_a_message() -> None:
    """Codes and words as LocalStack recorded them on AWS."""

    async def program(sqs: VirtualSqs) -> None:
        await sqs.create(FIFO)
        missing = "The request must contain the parameter MessageGroupId."
        assert await sqs.refusal("SendMessage", FIFO, MessageBody="a") == ("MissingParameter", missing)
        entries = [{"Id": "1", "MessageBody": "a"}]
        assert await sqs.refusal("SendMessageBatch", FIFO, Entries=entries) == ("InvalidParameterValue", missing)
        code, told = await sqs.refusal("SendMessage", FIFO, MessageBody="a", MessageGroupId="g")
        assert (code, told) == (
            "InvalidParameterValue",
            (
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided"
                " explicitly"
            ),
        )

    run(program)
