"""Message move tasks of the embedded SQS: codes and words as LocalStack recorded them on AWS."""

import asyncio
import json
from typing import Any

from tests.unit.emulator.embedded_sqs.virtual_sqs import VirtualSqs, run

ARN = "arn:aws:sqs:us-east-1:000000000000:"


async def bury(sqs: VirtualSqs, *bodies: str, source: str = "q") -> None:
    """Make `dead`, a source for it, and dead letters."""
    await sqs.create("dead")
    policy = json.dumps({"deadLetterTargetArn": f"{ARN}dead", "maxReceiveCount": 1})
    await sqs.create(source, RedrivePolicy=policy, VisibilityTimeout="0")
    await sqs.send(source, *bodies)
    for _ in range(2 * len(bodies)):
        await sqs.receive(source)


async def tasks(sqs: VirtualSqs, most: int = 10) -> list[dict[str, Any]]:
    return list((await sqs.call("ListMessageMoveTasks", SourceArn=f"{ARN}dead", MaxResults=most))["Results"])


def test_dead_letters_go_back_to_where_they_came_from_as_new_messages() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await bury(sqs, "a", "b")
        await bury(sqs, "c", source="other")
        assert await sqs.counts("dead") == (3, 0, 0)
        await sqs.call("StartMessageMoveTask", SourceArn=f"{ARN}dead")
        await asyncio.sleep(1)
        (task,) = await tasks(sqs)
        assert task == {
            "Status": "COMPLETED",
            "SourceArn": f"{ARN}dead",
            "ApproximateNumberOfMessagesMoved": 3,
            "ApproximateNumberOfMessagesToMove": 3,
            "StartedTimestamp": 1_790_000_000_000,
        }
        assert await sqs.counts("dead") == (0, 0, 0)
        (first, second) = await sqs.receive("q")
        assert [first["Body"], second["Body"]] == ["a", "b"]
        assert first["Attributes"]["ApproximateReceiveCount"] == "1"
        assert await sqs.bodies("other") == ["c"]

    run(program)


def test_a_rate_is_kept_and_a_cancelled_task_moves_no_more() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await bury(sqs, *"abcdefghij")
        await sqs.create("target")
        about: dict[str, Any] = {"DestinationArn": f"{ARN}target", "MaxNumberOfMessagesPerSecond": 2}
        handle = (await sqs.call("StartMessageMoveTask", SourceArn=f"{ARN}dead", **about))["TaskHandle"]
        await asyncio.sleep(2.1)
        assert await sqs.counts("target") == (4, 0, 0)
        (task,) = await tasks(sqs)
        assert (task["Status"], task["TaskHandle"]) == ("RUNNING", handle)
        assert task["MaxNumberOfMessagesPerSecond"] == 2
        assert await sqs.call("CancelMessageMoveTask", TaskHandle=handle) == {"ApproximateNumberOfMessagesMoved": 4}
        await asyncio.sleep(10)
        assert await sqs.counts("target") == (4, 0, 0)
        assert [(one["Status"], "TaskHandle" in one) for one in await tasks(sqs)] == [("CANCELLED", False)]

    run(program)


def test_a_task_whose_destination_is_deleted_fails_and_loses_nothing() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await bury(sqs, *"abcd")
        await sqs.create("target")
        about: dict[str, Any] = {"DestinationArn": f"{ARN}target", "MaxNumberOfMessagesPerSecond": 1}
        await sqs.call("StartMessageMoveTask", SourceArn=f"{ARN}dead", **about)
        await asyncio.sleep(1.5)
        await sqs.call("DeleteQueue", "target")
        await asyncio.sleep(1)
        (task,) = await tasks(sqs)
        assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")
        assert sorted(await sqs.bodies("dead")) == ["b", "c", "d"]

    run(program)


def test_a_message_that_was_sent_to_the_dead_letter_queue_has_no_source_to_go_back_to() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await bury(sqs)
        await sqs.send("dead", "a")
        await sqs.call("StartMessageMoveTask", SourceArn=f"{ARN}dead")
        (task,) = await tasks(sqs)
        assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
        assert await sqs.bodies("dead") == ["a"]

    run(program)


def test_what_sqs_refuses() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await bury(sqs, "a", "b")
        missing = "The resource that you specified for the {} parameter doesn't exist."
        assert await sqs.refusal("StartMessageMoveTask", SourceArn=f"{ARN}no") == (
            "ResourceNotFoundException",
            missing.format("SourceArn"),
        )
        about: dict[str, Any] = {"SourceArn": f"{ARN}dead", "DestinationArn": f"{ARN}no"}
        refused = await sqs.refusal("StartMessageMoveTask", **about)
        assert refused == ("ResourceNotFoundException", missing.format("DestinationArn"))
        refused = await sqs.refusal("StartMessageMoveTask", SourceArn=f"{ARN}q")
        assert refused == ("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
        refused = await sqs.refusal("CancelMessageMoveTask", TaskHandle="foobared")
        assert refused == ("InvalidParameterValue", "Value for parameter TaskHandle is invalid.")
        start: dict[str, Any] = {"SourceArn": f"{ARN}dead", "MaxNumberOfMessagesPerSecond": 1}
        await sqs.call("StartMessageMoveTask", **start)
        refused = await sqs.refusal("StartMessageMoveTask", **start)
        assert refused == (
            "InvalidParameterValue",
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        )

    run(program)


def test_a_person_looks_at_messages_deletes_one_and_sends_one_back() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await bury(sqs, "a", "b")
        first, second = await sqs.sqs.peek("dead")
        assert (first.body, first.state, first.received, first.source) == ("a", "visible", 1, "q")
        assert await sqs.sqs.replay("dead", first.id) == "q"
        await sqs.sqs.delete("dead", second.id)
        assert await sqs.sqs.peek("dead") == []
        assert await sqs.receive("dead") == []
        assert await sqs.bodies("q") == ["a"]

    run(program)
