"""A message in a queue: its content, which the sender gave, and its state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from emulator.queues.embedded.digests import attributes_md5, body_md5, system_attributes_md5


class MessageState(Enum):
    """Whether a message can be received."""

    DELAYED = "delayed"
    VISIBLE = "visible"
    IN_FLIGHT = "in flight"


@dataclass(frozen=True, slots=True)
class Content:
    """A message as its sender gave it."""

    body: str
    attributes: Mapping[str, Mapping[str, Any]]  #: by name, in the shape of botocore's model
    trace_header: str  #: AWSTraceHeader; empty if there is none
    size_bytes: int  #: as SQS counts it: the body, and the names, types and values of the attributes
    group: str = ""  #: MessageGroupId
    deduplication_id: str = ""
    body_md5: str = field(init=False)
    system_attributes_md5: str = field(init=False)  #: empty without a trace header
    attributes_md5: str = field(init=False)  #: empty if there are no attributes

    def __post_init__(self) -> None:
        object.__setattr__(self, "body_md5", body_md5(self.body))
        object.__setattr__(self, "attributes_md5", attributes_md5(self.attributes))
        object.__setattr__(self, "system_attributes_md5", system_attributes_md5(self.trace_header))


@dataclass(slots=True)
class StoredMessage:
    """A message and its state. Times are in seconds since 1970."""

    key: int  #: a number that increases with each message, across all queues
    id: str
    queue: str  #: name of the queue that it is in now
    content: Content
    sent_at: float
    retained_from: float  #: when its retention period began
    visible_at: float  #: when it can be received (again)
    place: int = 0  #: its place among the messages of a standard queue
    state: MessageState = MessageState.DELAYED
    received: int = 0  #: ApproximateReceiveCount
    receipt: int = 0  #: number of its latest receipt handle
    received_at: float = 0.0  #: of the latest receive
    first_received_at: float = 0.0  #: 0 if it was never received
    source: str = ""  #: name of the queue from which it came as a dead letter
    listed: bool = False  #: whether the order of a standard queue has an entry for it

    @property
    def in_flight(self) -> bool:
        """Whether somebody has received it and may still delete it."""
        return self.state is MessageState.IN_FLIGHT


@dataclass(frozen=True, slots=True)
class BeforeReceive:
    """A message's state before a receive, which is restored if the caller has gone before the answer."""

    message: StoredMessage
    place: int
    received: int
    received_at: float
    first_received_at: float

    @classmethod
    def of(cls, message: StoredMessage) -> "BeforeReceive":
        """Copy the state of a message that is about to be received."""
        return cls(message, message.place, message.received, message.received_at, message.first_received_at)

    def restore(self) -> None:
        """Undo the receive, except that the number of its receipt handle is not used again."""
        message = self.message
        message.place, message.received = self.place, self.received
        message.received_at, message.first_received_at = self.received_at, self.first_received_at
