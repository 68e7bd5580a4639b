"""The operations on queues for mappings, destinations and the API, independent of the queue server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from emulator.resources import Queue

Message = Mapping[str, Any]  #: as boto3's ReceiveMessage returns it: binary attributes are bytes

#: how long a poll waits for messages. It is short because a poll of another server cannot be cancelled: the server does
#: not notice that its caller has disconnected, goes on waiting, and hides a message that nobody receives
POLL_S = 1

#: the attributes of a queue that count its messages, as `Depth` has them
COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


class QueueError(RuntimeError):
    """The queue server refused or did not answer; the message says which call and why."""


class QueueMissingError(QueueError):
    """The queue does not exist: it was deleted, is not created yet, or its server lost it in a restart."""


class QueueRefusedError(QueueError):
    """The call is invalid, so a retry cannot succeed: for example, a message is too large or a value is wrong."""


@dataclass(frozen=True, slots=True)
class Depth:
    """Approximate numbers of a queue's messages."""

    visible: int
    in_flight: int
    delayed: int


class DescribedQueues(Protocol):
    """The queues of one account, by name, for whoever looks them up."""

    async def describe(self, name: str) -> Queue | None:
        """Return a queue's current state, whoever created it; None if it does not exist."""
        ...


class SendableQueues(Protocol):
    """The queues of one account, by name, for whoever sends messages."""

    async def send(
        self, name: str, body: str, attributes: Mapping[str, Any] | None = None, *, trace_header: str = ""
    ) -> None:
        """Put a message on a queue, with message attributes in SendMessage's format, and with an AWSTraceHeader."""
        ...


class PolledQueues(DescribedQueues, Protocol):
    """The queues of one account, by name, for an event source mapping.

    A `receive` that is cancelled takes no messages. Queues in this process hide messages only when they return them. A
    poll of a remote server cannot be aborted: cancelling it waits for its end, then makes its messages visible again.
    """

    async def receive(self, name: str, *, maximum: int, wait_s: int, visibility_s: int | None = None) -> list[Message]:
        """Wait `wait_s` seconds for up to ten messages, with all attributes; hide them for `visibility_s` seconds.

        Without `visibility_s` they are hidden as long as the queue says.
        """
        ...

    async def delete(self, name: str, handles: Sequence[str]) -> None:
        """Delete messages by their receipt handles and retry the failed ones; never raises."""
        ...

    async def make_visible(self, name: str, handles: Sequence[str]) -> None:
        """Return received messages to the queue at once; never raises."""
        ...

    async def hide(self, name: str, handles: Sequence[str], seconds: int) -> None:
        """Hide received messages for so many seconds from now on; never raises."""
        ...

    def is_of_template(self, name: str) -> bool:
        """Return whether the template describes a queue, so that the emulator can create it again."""
        ...

    async def recreate(self) -> None:
        """Create the missing queues of the template; existing queues keep the attributes that programs have set."""
        ...


class Queues(PolledQueues, SendableQueues, Protocol):
    """The queues of one account, by name. Every call raises `QueueError` when it is refused or not answered."""

    async def depth(self, name: str) -> Depth:
        """Return how many messages a queue has."""
        ...

    async def create(self) -> None:
        """Create the template's queues where they are missing, and set the attributes that differ."""
        ...
