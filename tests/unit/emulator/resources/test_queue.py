"""A queue as a template and SQS's attributes have it."""

import json
from dataclasses import replace

from hypothesis import given

from emulator.aws.arns import Arns
from emulator.properties import Properties
from emulator.resources import KnownQueues, Queue, RedrivePolicy
from tests.unit.emulator.resources.strategies import queues

ARNS = Arns()


def attributes_of(queue: Queue) -> dict[str, str]:
    policy = queue.redrive_policy
    return queue.as_attributes(ARNS.queue(policy.dead_letter_queue) if policy else "")


@given(queues())
def test_the_attributes_that_a_queue_is_made_with_are_read_as_the_same_queue(queue: Queue) -> None:
    assert Queue.read_attributes(queue.name, attributes_of(queue)) == replace(queue, logical_id="")


@given(queues())
def test_a_template_with_these_attributes_is_read_as_the_same_queue(queue: Queue) -> None:
    attributes = attributes_of(queue)
    policy = {"RedrivePolicy": json.loads(attributes.pop("RedrivePolicy"))} if queue.redrive_policy else {}
    properties = Properties.from_resource(queue.logical_id, {**attributes, **policy})
    assert Queue.read(properties, queue.name, KnownQueues(ARNS)) == queue


def test_what_nobody_sets_is_sqss_default() -> None:
    queue = Queue("", "jobs", {})
    assert (queue.visibility_timeout_s, queue.retention_s, queue.maximum_message_bytes) == (30, 345_600, 1_048_576)
    assert queue.with_visibility(60).visibility_timeout_s == 60


def test_es45_a_redrive_policy_is_json_with_sqss_names() -> None:
    attributes = Queue("", "jobs", {}, RedrivePolicy("dead", 5)).as_attributes(ARNS.queue("dead"))
    assert json.loads(attributes["RedrivePolicy"]) == {
        "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead",
        "maxReceiveCount": 5,
    }


def test_a_dead_letter_queue_that_does_not_exist_yet_is_left_out() -> None:
    assert Queue("", "jobs", {"DelaySeconds": "1"}, RedrivePolicy("dead", 5)).as_attributes() == {"DelaySeconds": "1"}
