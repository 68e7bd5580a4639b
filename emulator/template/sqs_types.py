"""`AWS::SQS::Queue`, with the ranges of SQS (AWS.md A.6)."""

from emulator.aws import limits
from emulator.aws.identifiers import FIFO_SUFFIX, is_fifo, is_queue_name
from emulator.properties import Properties, TemplateError
from emulator.resources import Queue, RedrivePolicy
from emulator.template.queue_arns import KnownQueues

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


def read_queue(properties: Properties, name: str, queues: KnownQueues) -> Queue:
    """Read one queue; its dead-letter queue may be any of the account, also one that a program makes."""
    properties.accept("QueueName", "Tags", "SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds")
    fifo = properties.boolean("FifoQueue", default=False)
    if fifo != is_fifo(name):
        raise TemplateError(
            properties.at("FifoQueue"), f"goes with a QueueName that ends in {FIFO_SUFFIX}, and {name!r} disagrees"
        )
    if not is_queue_name(name):
        raise TemplateError(properties.at("QueueName"), f"{name!r} is no queue name: 1 to 80 letters, digits, - and _")
    attributes = {key: str(properties.integer(key, within)) for key, within in RANGES.items() if properties.has(key)}
    if fifo:
        attributes |= {"FifoQueue": "true"} | _fifo_attributes(properties)
    redrive = properties.block("RedrivePolicy")
    policy = _redrive_policy(redrive, queues, name) if redrive else None
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


def _redrive_policy(block: Properties, queues: KnownQueues, queue: str) -> RedrivePolicy:
    target = queues.name(block, "deadLetterTargetArn")
    if target == queue:
        raise TemplateError(block.at("deadLetterTargetArn"), f"{target} is this queue itself; name another one")
    if is_fifo(queue) != is_fifo(target):
        raise TemplateError(
            block.at("deadLetterTargetArn"),
            f"{target}: dead letters need a queue of the same type; a FIFO queue's need a FIFO queue",
        )
    policy = RedrivePolicy(target, block.integer("maxReceiveCount", limits.MAX_RECEIVE_COUNT))
    block.finish()
    return policy
