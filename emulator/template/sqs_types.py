"""`AWS::SQS::Queue`, with the ranges of SQS (AWS.md A.6)."""

from typing import Any

from emulator.resources import Queue, RedrivePolicy
from emulator.template.document import TemplateError
from emulator.template.properties import Properties
from emulator.template.queue_arns import KnownQueues, is_queue_name

#: property → lowest, highest value; its name is that of the queue attribute as well
RANGES = {
    "VisibilityTimeout": (0, 43_200),
    "MessageRetentionPeriod": (60, 1_209_600),
    "MaximumMessageSize": (1_024, 1_048_576),
    "DelaySeconds": (0, 900),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
}
FIFO_CHOICES = {
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}


def read_queue(values: dict[str, Any], logical_id: str, name: str, queues: KnownQueues) -> Queue:
    """Read one queue; its dead-letter queue may be any of the account, also one that a program makes."""
    properties = Properties(f"Resources.{logical_id}.Properties", values)
    properties.accept("QueueName", "Tags", "SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds")
    fifo = properties.boolean("FifoQueue", default=False)
    if fifo != name.endswith(".fifo"):
        raise TemplateError(
            properties.at("FifoQueue"), f"goes with a QueueName that ends in .fifo, and {name!r} disagrees"
        )
    if not is_queue_name(name):
        raise TemplateError(properties.at("QueueName"), f"{name!r} is no queue name: 1 to 80 letters, digits, - and _")
    attributes = {
        key: str(properties.integer(key, low, high, default=0))
        for key, (low, high) in RANGES.items()
        if properties.has(key)
    }
    if fifo:
        attributes |= {"FifoQueue": "true"} | _fifo_attributes(properties)
    redrive = properties.block("RedrivePolicy")
    policy = _redrive_policy(redrive, queues, name) if redrive else None
    properties.finish()
    return Queue(logical_id, name, attributes, policy)


def _fifo_attributes(properties: Properties) -> dict[str, str]:
    attributes = {}
    if properties.has("ContentBasedDeduplication"):
        by_content = properties.boolean("ContentBasedDeduplication", default=False)
        attributes["ContentBasedDeduplication"] = "true" if by_content else "false"
    for key, choices in FIFO_CHOICES.items():
        if properties.has(key):
            attributes[key] = properties.text(key, choices=choices)
    return attributes


def _redrive_policy(block: Properties, queues: KnownQueues, queue: str) -> RedrivePolicy:
    target = queues.name(block, "deadLetterTargetArn")
    if target == queue:
        raise TemplateError(block.at("deadLetterTargetArn"), f"{target} is this queue itself; name another one")
    if queue.endswith(".fifo") != target.endswith(".fifo"):
        raise TemplateError(
            block.at("deadLetterTargetArn"),
            f"{target}: dead letters need a queue of the same type; a FIFO queue's need a FIFO queue",
        )
    policy = RedrivePolicy(target, block.integer("maxReceiveCount", 1, 1_000, default=10))
    block.finish()
    return policy
