"""`AWS::SQS::Queue`, read from a template or from SQS's queue attributes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from emulator.aws import limits
from emulator.aws.arns import Arns, read_queue, resource_name
from emulator.aws.error_types import visibility_too_short
from emulator.aws.identifiers import FIFO_SUFFIX, is_fifo, is_queue_name
from emulator.properties import Properties, TemplateError

VISIBILITY_TIMEOUT, RETENTION, MAXIMUM_SIZE = "VisibilityTimeout", "MessageRetentionPeriod", "MaximumMessageSize"
#: property → its range; the queue attribute has the same name
RANGES = {
    VISIBILITY_TIMEOUT: limits.VISIBILITY_TIMEOUT_S,
    RETENTION: limits.RETENTION_S,
    MAXIMUM_SIZE: limits.MESSAGE_BYTES,
    "DelaySeconds": limits.DELAY_S,
    "ReceiveMessageWaitTimeSeconds": limits.RECEIVE_WAIT_S,
}
QUEUE_NAME, FIFO_QUEUE = "QueueName", "FifoQueue"
FIFO_CHOICES = {
    "ContentBasedDeduplication": ("true", "false"),
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
REDRIVE, TARGET, RECEIVES = "RedrivePolicy", "deadLetterTargetArn", "maxReceiveCount"
#: properties that have no effect in the emulator
ACCEPTED = (QUEUE_NAME, "Tags", "SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds")


@dataclass(frozen=True, slots=True)
class RedrivePolicy:
    """Names the queue that gets messages received more than `max_receive_count` times (ES-45)."""

    dead_letter_queue: str  #: name of the target queue
    max_receive_count: int

    @classmethod
    def read(cls, block: Properties, queues: "KnownQueues", queue: str) -> "RedrivePolicy":
        """Read the policy of the queue named `queue`; the target need not exist yet."""
        target = queues.name(block, TARGET)
        if target == queue:
            raise TemplateError(block.at(TARGET), f"{target} is this queue itself; name another queue")
        if is_fifo(queue) != is_fifo(target):
            raise TemplateError(
                block.at(TARGET),
                f"{target}: source and dead-letter queue must both be FIFO queues, or both standard queues",
            )
        policy = cls(target, block.integer(RECEIVES, limits.MAX_RECEIVE_COUNT))
        block.finish()
        return policy

    @classmethod
    def read_attribute(cls, text: str) -> "RedrivePolicy | None":
        """Parse the attribute in GetQueueAttributes' format; None if it is empty."""
        policy = json.loads(text or "null")
        return cls(resource_name(str(policy[TARGET])), int(policy[RECEIVES])) if policy else None

    def as_attribute(self, target_arn: str) -> str:
        """Return the attribute in SetQueueAttributes' format."""
        return json.dumps({TARGET: target_arn, RECEIVES: self.max_receive_count})


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue. Attributes that are not set are absent; SQS's defaults apply to them."""

    TYPE: ClassVar[str] = "AWS::SQS::Queue"

    logical_id: str  #: empty if the queue is not in the template
    name: str
    attributes: Mapping[str, str]  #: in CreateQueue's format, without RedrivePolicy
    redrive_policy: RedrivePolicy | None = None

    @classmethod
    def read(cls, properties: Properties, name: str, queues: "KnownQueues") -> "Queue":
        """Read the properties of the queue named `name`, within SQS's limits."""
        properties.accept(*ACCEPTED)
        fifo = properties.boolean(FIFO_QUEUE, default=False)
        if fifo != is_fifo(name):
            raise TemplateError(
                properties.at(FIFO_QUEUE),
                f"must be true if {QUEUE_NAME} ends in {FIFO_SUFFIX}, and only then; the name is {name!r}",
            )
        if not is_queue_name(name):
            raise TemplateError(
                properties.at(QUEUE_NAME), f"SQS does not allow the name {name!r}; use 1 to 80 letters, digits, - and _"
            )
        attributes = {key: str(properties.integer(key, RANGES[key])) for key in RANGES if properties.has(key)}
        if fifo:
            chosen = [key for key in FIFO_CHOICES if properties.has(key)]
            attributes |= {FIFO_QUEUE: "true"}
            attributes |= {key: properties.text(key, choices=FIFO_CHOICES[key]) for key in chosen}
        redrive = properties.block(REDRIVE)
        policy = RedrivePolicy.read(redrive, queues, name) if redrive else None
        properties.finish()
        return cls(properties.logical_id, name, attributes, policy)

    @classmethod
    def read_attributes(cls, name: str, attributes: Mapping[str, str]) -> "Queue":
        """Read GetQueueAttributes' response about the queue named `name`."""
        own = {key: value for key, value in attributes.items() if key != REDRIVE}
        return cls("", name, own, RedrivePolicy.read_attribute(attributes.get(REDRIVE, "")))

    def as_attributes(self, dead_letter_arn: str = "") -> dict[str, str]:
        """Return its attributes in CreateQueue's format; the redrive policy only if its target's ARN is given."""
        attributes = dict(self.attributes)
        if self.redrive_policy and dead_letter_arn:
            attributes[REDRIVE] = self.redrive_policy.as_attribute(dead_letter_arn)
        return attributes

    @property
    def visibility_timeout_s(self) -> int:
        """How long a received message stays hidden."""
        return self._number(VISIBILITY_TIMEOUT)

    @property
    def retention_s(self) -> int:
        """How long a message is kept before SQS deletes it."""
        return self._number(RETENTION)

    @property
    def maximum_message_bytes(self) -> int:
        """The largest message that the queue accepts, attributes included."""
        return self._number(MAXIMUM_SIZE)

    @property
    def fifo(self) -> bool:
        """Whether this is a FIFO queue."""
        return is_fifo(self.name)

    def visibility_problem(self, timeout_s: int) -> str:
        """Return why Lambda refuses a mapping to a function with this timeout (ES-41); empty if it does not."""
        if self.visibility_timeout_s >= timeout_s:
            return ""
        return visibility_too_short(self.visibility_timeout_s, timeout_s)

    def with_visibility(self, seconds: int) -> "Queue":
        """Return the queue with another visibility timeout."""
        attributes = {**self.attributes, VISIBILITY_TIMEOUT: str(seconds)}
        return Queue(self.logical_id, self.name, attributes, self.redrive_policy)

    def _number(self, attribute: str) -> int:
        return int(self.attributes.get(attribute, RANGES[attribute].default))


@dataclass(frozen=True, slots=True)
class KnownQueues:
    """The queues of one account in one region, with the attributes of those that exist already."""

    arns: Arns
    by_name: Mapping[str, Queue] = field(default_factory=dict)  #: other queues may be created later

    def name(self, properties: Properties, key: str) -> str:
        """Return the name of the queue in an ARN property; `TemplateError` for another account, region or service."""
        arn = properties.text(key)
        named = read_queue(arn)
        if named is None:
            raise TemplateError(
                properties.at(key),
                f"{arn} is not the ARN of an SQS queue, and only SQS is emulated; use {self.arns.queue('NAME')}",
            )
        if arn != self.arns.queue(named.name):
            place = f"{self.arns.account_id} in {self.arns.region}"
            cure = f"use {self.arns.queue(named.name)}"
            if named.region != self.arns.region:
                cure += f", or start the emulator with --region {named.region}"
            raise TemplateError(
                properties.at(key),
                f"{arn} is a queue of account {named.account_id} in {named.region}, but this emulator runs as"
                f" {place}; {cure}",
            )
        return named.name
