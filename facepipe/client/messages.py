"""The messages of a queue as a person looks at them, and what may be done with single ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A message as it lies in its queue. Times are in seconds since 1970."""

    id: str
    body: str
    state: str  #: "visible", "in flight" or "delayed"; empty where it is not known
    received: int  #: how often
    sent_at: float
    hidden_until: float  #: 0: it is visible, or nobody knows
    attributes: Mapping[str, Mapping[str, Any]]  #: its own
    system_attributes: Mapping[str, str]
    size_bytes: int
    source: str = ""  #: name of the queue whose dead letter it is; empty for others, or where it is not known


@dataclass(frozen=True, slots=True)
class QueueLook:
    """What a look into a queue has shown."""

    queue: str
    messages: Sequence[LookedAt]
    count: int  #: all messages of the queue
    now: float  #: when it was looked, by the clock of the messages' times
    remark: str = ""  #: what the look has changed, or could not show


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a dead-letter queue's messages."""

    moved: Mapping[str, int]  #: how many, by the queue that they went to
    stayed: Mapping[str, int]  #: how many, by the reason


class MessageDesk(Protocol):
    """Looks at messages, deletes single ones, sends dead letters back; `EndpointError` when a call is refused."""

    def look(self, queue: str, limit: int) -> QueueLook:
        """Return up to `limit` messages of a queue."""
        ...

    def delete(self, queue: str, message_id: str) -> None:
        """Delete a message."""
        ...

    def replay(self, queue: str, message_id: str) -> str:
        """Send a dead letter back to where it came from; return that queue's name."""
        ...

    def replay_all(self, queue: str) -> "Replayed":
        """Send all messages of a dead-letter queue back."""
        ...
