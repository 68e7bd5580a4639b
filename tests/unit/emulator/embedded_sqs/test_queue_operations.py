"""The embedded SQS's operations on queues: codes and words as LocalStack recorded them on AWS, where it did."""

import asyncio
import json
from typing import Any

import pytest

from tests.unit.emulator.embedded_sqs.virtual_sqs import VirtualSqs, run

ARN = "arn:aws:sqs:us-east-1:000000000000:"
TO_A_STANDARD_QUEUE = json.dumps({"deadLetterTargetArn": ARN + "dead", "maxReceiveCount": 1})


@pytest.mark.parametrize(
    ("name", "attributes", "code", "words"),
    [
        ("a.b", {}, "InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores."),
        ("a" * 81, {}, "InvalidParameterValue", "1 to 80 in length"),
        ("q.fifo", {}, "InvalidParameterValue", "Can only include"),
        ("q", {"FifoQueue": "true"}, "InvalidParameterValue", "must end with .fifo suffix"),
        ("q", {"FifoQueue": "false"}, "InvalidAttributeName", "Unknown Attribute FifoQueue."),
        ("q", {"ContentBasedDeduplication": "false"}, "InvalidAttributeName", "Unknown Attribute ContentBasedDeduplication."),
        ("q", {"DeduplicationScope": "queue"}, "InvalidAttributeName", "You can specify the DeduplicationScope only when FifoQueue is set to true."),
        ("q", {"Invented": "1"}, "InvalidAttributeName", "Unknown Attribute Invented."),
        ("q", {"VisibilityTimeout": "43201"}, "InvalidAttributeValue", "Invalid value for the parameter VisibilityTimeout."),
        ("q", {"DelaySeconds": "-1"}, "InvalidAttributeValue", "Invalid value for the parameter DelaySeconds."),
        ("q", {"MaximumMessageSize": "1023"}, "InvalidAttributeValue", "MaximumMessageSize"),
        ("q", {"RedrivePolicy": "{"}, "InvalidParameterValue", "not a valid JSON map"),
        ("q", {"RedrivePolicy": json.dumps({"maxReceiveCount": 1})}, "InvalidParameterValue", "deadLetterTargetArn"),
        ("q", {"RedrivePolicy": json.dumps({"deadLetterTargetArn": ARN + "no", "maxReceiveCount": 1})}, "InvalidParameterValue", "does not exist"),
        ("q", {"RedrivePolicy": json.dumps({"deadLetterTargetArn": ARN + "no", "maxReceiveCount": 0})}, "InvalidParameterValue", "1 to 1000"),
        ("q.fifo", {"FifoQueue": "true", "RedrivePolicy": TO_A_STANDARD_QUEUE}, "InvalidParameterValue", "same type"),
        ("q.fifo", {"FifoQueue": "true", "FifoThroughputLimit": "perMessageGroupId"}, "InvalidAttributeValue", "messageGroup"),
    ],
)  # fmt: skip
def test_a_queue_that_sqs_refuses(name: str, attributes: dict[str, str], code: str, words: str) -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("dead")
        refused, told = await sqs.refusal("CreateQueue", QueueName=name, Attributes=attributes)
        assert refused == code
        assert words in told
        listed = await sqs.call("ListQueues")
        assert listed == {"QueueUrls": ["/000000000000/dead"]}

    run(program)


def test_creating_a_queue_again_finds_it_unless_an_attribute_differs() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q", DelaySeconds="1")
        await sqs.create("q")
        await sqs.create("q", DelaySeconds="1", VisibilityTimeout="30")
        different: dict[str, Any] = {"QueueName": "q", "Attributes": {"DelaySeconds": "2"}}
        assert await sqs.refusal("CreateQueue", **different) == (
            "QueueNameExists",
            "A queue already exists with the same name and a different value for attribute DelaySeconds",
        )

    run(program)


def test_a_new_fifo_queue_has_the_attributes_that_aws_answers() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q.fifo")
        answer = await sqs.call("GetQueueAttributes", "q.fifo", AttributeNames=["All"])
        attributes = answer["Attributes"]
        assert attributes.pop("CreatedTimestamp") == attributes.pop("LastModifiedTimestamp") == "1790000000"
        assert attributes == {
            "ApproximateNumberOfMessages": "0",
            "ApproximateNumberOfMessagesDelayed": "0",
            "ApproximateNumberOfMessagesNotVisible": "0",
            "ContentBasedDeduplication": "false",
            "DeduplicationScope": "queue",
            "DelaySeconds": "0",
            "FifoQueue": "true",
            "FifoThroughputLimit": "perQueue",
            "MaximumMessageSize": "1048576",
            "MessageRetentionPeriod": "345600",
            "QueueArn": f"{ARN}q.fifo",
            "ReceiveMessageWaitTimeSeconds": "0",
            "SqsManagedSseEnabled": "true",
            "VisibilityTimeout": "30",
        }

    run(program)


def test_a_queue_that_does_not_exist() -> None:
    async def program(sqs: VirtualSqs) -> None:
        missing = ("QueueDoesNotExist", "The specified queue does not exist.")
        assert await sqs.refusal("GetQueueUrl", QueueName="q") == missing
        assert await sqs.refusal("SendMessage", "http://localhost:9324/000000000000/q", MessageBody="a") == missing
        await sqs.create("q")
        poll = asyncio.ensure_future(sqs.refusal("ReceiveMessage", "q", WaitTimeSeconds=20))
        await asyncio.sleep(1)
        await sqs.call("DeleteQueue", "q")
        assert await poll == missing

    run(program)


@pytest.mark.parametrize(
    "url", ["q", "/q", "http://other:1/123456789012/q", "https://sqs.eu-west-3.amazonaws.com/1/q/"]
)
def test_a_queue_is_found_by_the_last_part_of_any_url(url: str) -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        await sqs.send(url, "a")
        assert await sqs.bodies(url) == ["a"]

    run(program)


def test_a_purge_deletes_everything_and_is_allowed_once_a_minute() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        await sqs.send("q", "a", "b", "c")
        await sqs.receive("q", 1)
        await sqs.call("PurgeQueue", "q")
        await asyncio.sleep(59)
        assert await sqs.receive("q") == []
        assert await sqs.refusal("PurgeQueue", "q") == (
            "PurgeQueueInProgress",
            "Only one PurgeQueue operation on q is allowed every 60 seconds.",
        )
        await asyncio.sleep(1)
        await sqs.call("PurgeQueue", "q")

    run(program)


def test_a_message_is_lost_when_its_retention_is_over() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q", MessageRetentionPeriod="60", VisibilityTimeout="100")
        await sqs.send("q", "a", "b")
        await sqs.receive("q", 1)
        await asyncio.sleep(59.9)
        assert await sqs.counts("q") == (1, 1, 0)
        await asyncio.sleep(0.1)
        assert await sqs.counts("q") == (0, 0, 0)

    run(program)


def test_queues_are_listed_in_pages() -> None:
    async def program(sqs: VirtualSqs) -> None:
        for n in range(5):
            await sqs.create(f"q{n}")
        await sqs.create("other")
        pages, token = [], dict[str, str]()
        while True:
            answer = await sqs.call("ListQueues", QueueNamePrefix="q", MaxResults=2, **token)
            pages.append([url.rpartition("/")[2] for url in answer["QueueUrls"]])
            if "NextToken" not in answer:
                break
            token = {"NextToken": answer["NextToken"]}
        assert pages == [["q0", "q1"], ["q2", "q3"], ["q4"]]
        assert await sqs.call("ListQueues", QueueNamePrefix="z") == {}

    run(program)


def test_the_sources_of_a_dead_letter_queue_and_who_may_be_one() -> None:
    async def program(sqs: VirtualSqs) -> None:
        allow = {"redrivePermission": "byQueue", "sourceQueueArns": [f"{ARN}a"]}
        await sqs.create("dead", RedriveAllowPolicy=json.dumps(allow))
        policy = json.dumps({"deadLetterTargetArn": f"{ARN}dead", "maxReceiveCount": 3})
        await sqs.create("a", RedrivePolicy=policy)
        refused = await sqs.refusal("CreateQueue", QueueName="b", Attributes={"RedrivePolicy": policy})
        assert refused[0] == "InvalidParameterValue"
        assert await sqs.call("ListDeadLetterSourceQueues", "dead") == {"queueUrls": ["/000000000000/a"]}
        await sqs.call("SetQueueAttributes", "a", Attributes={"RedrivePolicy": ""})
        assert await sqs.call("ListDeadLetterSourceQueues", "dead") == {"queueUrls": []}

    run(program)


def test_tags() -> None:
    async def program(sqs: VirtualSqs) -> None:
        await sqs.call("CreateQueue", QueueName="q", tags={"tag1": "value1"})
        await sqs.call("TagQueue", "q", Tags={"tag2": "value2", "tag3": ""})
        assert await sqs.call("ListQueueTags", "q") == {"Tags": {"tag1": "value1", "tag2": "value2", "tag3": ""}}
        await sqs.call("UntagQueue", "q", TagKeys=["tag1", "tag2", "tag3"])
        assert await sqs.call("ListQueueTags", "q") == {}

    run(program)


def test_permissions_are_statements_of_the_policy() -> None:
    async def policy(sqs: VirtualSqs) -> Any:
        answer = await sqs.call("GetQueueAttributes", "q", AttributeNames=["Policy"])
        return json.loads(answer["Attributes"]["Policy"]) if answer else None

    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("q")
        about = {"Label": "crossaccountpermission", "Actions": ["ReceiveMessage"]}
        await sqs.call("AddPermission", "q", AWSAccountIds=["668614515564", "111111111111"], **about)
        assert await policy(sqs) == {
            "Version": "2008-10-17",
            "Id": f"{ARN}q/SQSDefaultPolicy",
            "Statement": [
                {
                    "Sid": "crossaccountpermission",
                    "Effect": "Allow",
                    "Principal": {"AWS": ["arn:aws:iam::668614515564:root", "arn:aws:iam::111111111111:root"]},
                    "Action": "SQS:ReceiveMessage",
                    "Resource": f"{ARN}q",
                }
            ],
        }
        refused = await sqs.refusal("AddPermission", "q", AWSAccountIds=["111111111111"], **about)
        assert refused[1] == "Value crossaccountpermission for parameter Label is invalid. Reason: Already exists."
        await sqs.call("RemovePermission", "q", Label="crossaccountpermission")
        assert await policy(sqs) is None
        refused = await sqs.refusal("RemovePermission", "q", Label="x")
        assert refused[1] == "Value x for parameter Label is invalid. Reason: can't find label."

    run(program)


def test_the_log_has_a_misspelt_name_once_and_the_queue_that_is_near(caplog: pytest.LogCaptureFixture) -> None:
    """The error is AWS's, which names no queue. Scripts and the emulator ask for a queue's URL before they make it."""

    async def program(sqs: VirtualSqs) -> None:
        await sqs.create("requests")
        await sqs.refusal("GetQueueUrl", QueueName="requests-dlq")
        for name in ("reqests", "reqests", "other", "requests" * 1000):
            await sqs.refusal("SendMessage", QueueUrl=f"http://any/0/{name}", MessageBody="a")

    run(program)
    assert caplog.messages == ["a call is for the queue reqests, which does not exist; did you mean requests?"]
