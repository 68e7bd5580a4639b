"""`AWS::SQS::Queue`, with the ranges of SQS (AWS.md A.6)."""

import re
from collections.abc import Mapping

from emulator.aws import limits
from emulator.aws.identifiers import FIFO_SUFFIX, is_fifo
from emulator.properties import Properties, TemplateError
from emulator.resources import Queue, RedrivePolicy

#: property → its range; its name is that of the queue attribute as well
RANGES = {
    "VisibilityTimeout": limits.VISIBILITY_TIMEOUT_S,
    "MessageRetentionPeriod": limits.RETENTION_S,
    "MaximumMessageSize": limits.MESSAGE_BYTES,
    "DelaySeconds": limits.DELAY_S,
    "ReceiveMessageWaitTimeSeconds": limits.RECEIVE_WAIT_S,
}
FIFO_CHOICES = {
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
NAME_CHARACTERS = 80


def read_queue(properties: Properties, name: str, names_by_arn: Mapping[str, str]) -> Queue:
    """Read one queue; `names_by_arn` are the template's queues, among which a dead-letter queue must be."""
    properties.accept("QueueName", "Tags", "SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds")
    fifo = properties.boolean("FifoQueue", default=False)
    if fifo != is_fifo(name):
        raise TemplateError(
            properties.at("FifoQueue"), f"goes with a QueueName that ends in {FIFO_SUFFIX}, and {name!r} disagrees"
        )
    if not NAME.fullmatch(name.removesuffix(FIFO_SUFFIX)) or len(name) > NAME_CHARACTERS:
        raise TemplateError(properties.at("QueueName"), f"{name!r} is no queue name: 1 to 80 letters, digits, - and _")
    attributes = {key: str(properties.integer(key, within)) for key, within in RANGES.items() if properties.has(key)}
    if fifo:
        attributes |= {"FifoQueue": "true"} | _fifo_attributes(properties)
    redrive = properties.block("RedrivePolicy")
    policy = _redrive_policy(redrive, names_by_arn, name) if redrive else None
    properties.finish()
    return Queue(properties.logical_id, name, attributes, policy)


def _fifo_attributes(properties: Properties) -> dict[str, str]:
    attributes = {}
    if properties.has("ContentBasedDeduplication"):
        by_content = properties.boolean("ContentBasedDeduplication", default=False)
        attributes["ContentBasedDeduplication"] = "true" if by_content else "false"
    for key, choices in FIFO_CHOICES.items():
        if properties.has(key):
            attributes[key] = properties.text(key, choices=choices)
    return attributes


def _redrive_policy(block: Properties, names_by_arn: Mapping[str, str], queue: str) -> RedrivePolicy:
    target = block.text("deadLetterTargetArn")
    if target not in names_by_arn or names_by_arn[target] == queue:
        raise TemplateError(block.at("deadLetterTargetArn"), f"{target} is no other queue of this template")
    if is_fifo(queue) != is_fifo(names_by_arn[target]):
        raise TemplateError(block.at("deadLetterTargetArn"), f"{target}: a FIFO queue's dead letters need a FIFO queue")
    policy = RedrivePolicy(names_by_arn[target], block.integer("maxReceiveCount", limits.MAX_RECEIVE_COUNT))
    block.finish()
    return policy
