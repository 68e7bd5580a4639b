"""Dead letters: redrive policies, and moving messages back. Words and codes as recorded on AWS."""

import json
import time
from collections.abc import Callable

import pytest

from tests.queues.conftest import Sqs
from tests.queues.servers import name


def test_a_message_that_was_received_too_often_is_moved_with_its_attributes(sqs: Sqs) -> None:
    url, dead = sqs.with_dead_letters(times=2, VisibilityTimeout=0)
    attribute = {"n": {"DataType": "String", "StringValue": "v"}}
    sent = sqs.send(url, "poison", MessageAttributes=attribute)
    for _ in range(2):
        assert sqs.bodies(url) == ["poison"]
    assert sqs.receive(url, WaitTimeSeconds=1) == []
    message = sqs.one(dead, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])
    assert (message["Body"], message["MessageAttributes"]) == ("poison", attribute)
    assert message["MessageId"] == sent["MessageId"]
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == sqs.arn(url)


def test_the_receive_count_goes_on_in_the_dead_letter_queue(sqs: Sqs) -> None:
    """Recorded on AWS."""
    url, dead = sqs.with_dead_letters(times=1, VisibilityTimeout=0)
    sqs.send(url)
    sqs.one(url)
    assert sqs.receive(url, WaitTimeSeconds=1) == []
    message = sqs.one(dead, MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"


def test_the_time_of_sending_is_the_first_one(sqs: Sqs) -> None:
    """The developer guide: on a standard queue the age counts on from the first queue."""
    url, dead = sqs.with_dead_letters(times=1, VisibilityTimeout=0)
    sqs.send(url)
    first = sqs.one(url, MessageSystemAttributeNames=["SentTimestamp"])["Attributes"]
    assert sqs.receive(url, WaitTimeSeconds=1) == []
    assert sqs.one(dead, MessageSystemAttributeNames=["SentTimestamp"])["Attributes"] == first


def test_healthy_messages_pass_a_poisonous_one(sqs: Sqs) -> None:
    url, _ = sqs.with_dead_letters(times=1, VisibilityTimeout=0)
    sqs.send(url, "poison")
    sqs.one(url)
    sqs.send(url, "healthy")
    assert sqs.one(url)["Body"] == "healthy"


def test_a_fifo_queue_s_group_goes_on_behind_a_dead_letter(sqs: Sqs) -> None:
    url, dead = sqs.with_dead_letters(times=1, fifo=True, VisibilityTimeout=0, ContentBasedDeduplication="true")
    for body in ("1", "2"):
        sqs.send(url, body, MessageGroupId="g")
    assert [message["Body"] for message in sqs.receive(url, 1)] == ["1"]
    assert sqs.one(url)["Body"] == "2"
    assert sqs.one(dead)["Body"] == "1"


def test_the_redrive_policy_is_answered_as_it_was_set(sqs: Sqs) -> None:
    url, dead = sqs.with_dead_letters(times=7)
    policy = json.loads(sqs.attributes(url, "RedrivePolicy")["RedrivePolicy"])
    assert policy == {"deadLetterTargetArn": sqs.arn(dead), "maxReceiveCount": 7}


def test_an_empty_redrive_policy_removes_it(sqs: Sqs) -> None:
    """Recorded on AWS."""
    url, _ = sqs.with_dead_letters()
    sqs.client.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    assert sqs.attributes(url, "RedrivePolicy") == {}


def test_a_redrive_policy_may_write_its_number_as_a_text(sqs: Sqs) -> None:
    dead, url = sqs.make(), sqs.make()
    policy = json.dumps({"deadLetterTargetArn": sqs.arn(dead), "maxReceiveCount": "3"})
    sqs.client.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    assert str(json.loads(sqs.attributes(url, "RedrivePolicy")["RedrivePolicy"])["maxReceiveCount"]) == "3"


BAD_POLICIES: dict[str, Callable[[str], str]] = {
    "no JSON": lambda _: "nonsense",
    "no target": lambda _: json.dumps({"maxReceiveCount": 1}),
    "no count": lambda arn: json.dumps({"deadLetterTargetArn": arn}),
    "count of 0": lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 0}),
    "count of 1001": lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1001}),
    "no ARN": lambda _: json.dumps({"deadLetterTargetArn": "dead", "maxReceiveCount": 1}),
    "missing queue": lambda arn: json.dumps({"deadLetterTargetArn": f"{arn}-not", "maxReceiveCount": 1}),
}


@pytest.mark.parametrize("policy", BAD_POLICIES.values(), ids=BAD_POLICIES)
def test_a_redrive_policy_that_cannot_be_is_refused(sqs: Sqs, policy: Callable[[str], str]) -> None:
    attributes = {"RedrivePolicy": policy(sqs.arn(sqs.make()))}
    status, code, _ = sqs.refused("set_queue_attributes", QueueUrl=sqs.make(), Attributes=attributes)
    assert status == 400
    assert code in ("InvalidParameterValue", "InvalidAttributeValue", "QueueDoesNotExist")


def test_a_dead_letter_queue_is_of_the_same_type(sqs: Sqs) -> None:
    policy = json.dumps({"deadLetterTargetArn": sqs.arn(sqs.make()), "maxReceiveCount": 1})
    told = sqs.refused("set_queue_attributes", QueueUrl=sqs.make(fifo=True), Attributes={"RedrivePolicy": policy})
    assert told[0] == 400


def test_the_sources_of_a_dead_letter_queue_are_listed(sqs: Sqs) -> None:
    url, dead = sqs.with_dead_letters()
    assert sqs.client.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    assert not sqs.client.list_dead_letter_source_queues(QueueUrl=url).get("queueUrls")


def test_a_dead_letter_queue_may_deny_its_use(sqs: Sqs) -> None:
    dead = sqs.make(RedriveAllowPolicy=json.dumps({"redrivePermission": "denyAll"}))
    policy = json.dumps({"deadLetterTargetArn": sqs.arn(dead), "maxReceiveCount": 1})
    told = sqs.refused("set_queue_attributes", QueueUrl=sqs.make(), Attributes={"RedrivePolicy": policy})
    assert told[0] in (400, 403)


def moved(sqs: Sqs, source: str) -> dict:
    """The latest move task of a queue, once it has ended."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        (task, *_) = sqs.client.list_message_move_tasks(SourceArn=source)["Results"]
        if task["Status"] != "RUNNING":
            return task
    raise AssertionError("the task does not end")


def test_dead_letters_are_moved_back_to_where_they_came_from(sqs: Sqs) -> None:
    url, dead = sqs.with_dead_letters(times=1, VisibilityTimeout=0)
    for body in ("1", "2"):
        sqs.send(url, body)
    while sqs.receive(url):
        pass
    sqs.client.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "30"})
    assert sqs.client.start_message_move_task(SourceArn=sqs.arn(dead))["TaskHandle"]
    task = moved(sqs, sqs.arn(dead))
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 2)
    assert "DestinationArn" not in task
    messages = sqs.receive(url, MessageSystemAttributeNames=["ApproximateReceiveCount"], WaitTimeSeconds=2)
    messages += sqs.receive(url, MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert sorted(message["Body"] for message in messages) == ["1", "2"]
    assert {message["Attributes"]["ApproximateReceiveCount"] for message in messages} == {"1"}


def test_dead_letters_may_be_moved_elsewhere(sqs: Sqs) -> None:
    url, dead = sqs.with_dead_letters(times=1, VisibilityTimeout=0)
    other = sqs.make()
    sqs.send(url, "elsewhere")
    while sqs.receive(url):
        pass
    sqs.client.start_message_move_task(SourceArn=sqs.arn(dead), DestinationArn=sqs.arn(other))
    assert moved(sqs, sqs.arn(dead))["DestinationArn"] == sqs.arn(other)
    assert sqs.one(other)["Body"] == "elsewhere"


def test_only_dead_letters_are_moved(sqs: Sqs) -> None:
    told = sqs.refused("start_message_move_task", SourceArn=sqs.arn(sqs.make()))
    words = "Source queue must be configured as a Dead Letter Queue."
    assert told == (400, "InvalidParameterValue", words)


def test_they_are_moved_to_a_queue_that_exists(sqs: Sqs) -> None:
    _, dead = sqs.with_dead_letters()
    destination = f"{sqs.arn(dead).rpartition(':')[0]}:{name()}"
    told = sqs.refused("start_message_move_task", SourceArn=sqs.arn(dead), DestinationArn=destination)
    words = "The resource that you specified for the DestinationArn parameter doesn't exist."
    assert told == (404, "ResourceNotFoundException", words)


def test_a_task_can_be_slow_is_alone_and_can_be_cancelled(sqs: Sqs) -> None:
    url, dead = sqs.with_dead_letters(times=1, VisibilityTimeout=0)
    for n in range(10):
        sqs.send(url, str(n))
    while sqs.receive(url):
        pass
    source = sqs.arn(dead)
    handle = sqs.client.start_message_move_task(SourceArn=source, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    told = sqs.refused("start_message_move_task", SourceArn=source)
    words = "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
    assert told == (400, "InvalidParameterValue", words)
    (task, *_) = sqs.client.list_message_move_tasks(SourceArn=source)["Results"]
    assert (task["Status"], task["TaskHandle"], task["MaxNumberOfMessagesPerSecond"]) == ("RUNNING", handle, 1)
    assert sqs.client.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] < 10
    assert moved(sqs, source)["Status"] in ("CANCELLED", "CANCELLING")


def test_a_task_handle_that_is_none_is_refused(sqs: Sqs) -> None:
    told = sqs.refused("cancel_message_move_task", TaskHandle="foobared")
    assert told == (400, "InvalidParameterValue", "Value for parameter TaskHandle is invalid.")
