"""What mappings, destinations and the API do with queues, wherever the queues are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from emulator.resources import Queue

Message = Mapping[str, Any]  #: as boto3's ReceiveMessage returns it: binary attributes are bytes

#: that a poll waits for messages. It is short because a poll of another server is left to end: the server does not
#: notice that its caller has gone, goes on waiting, and takes a message for nobody
POLL_S = 1

#: the attributes of a queue that count its messages, as `Depth` has them
COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


class QueueError(RuntimeError):
    """The queue server refused or did not answer; the message says which call and why."""


class QueueMissingError(QueueError):
    """The queue does not exist: it was deleted, is not made yet, or its server forgot it in a new start."""


class QueueRefusedError(QueueError):
    """The queue server takes the call as it is at no time: a message is too large, a value is wrong."""


@dataclass(frozen=True, slots=True)
class Depth:
    """Approximate numbers of a queue's messages."""

    visible: int
    in_flight: int
    delayed: int


class Queues(Protocol):
    """The queues of one account, by name. Every call raises `QueueError` when it is refused or not answered.

    A `receive` that is cancelled takes nothing. Queues in this process take messages at the moment at which they are
    answered. A remote server cannot be told that a poll is given up: its polls are left to end, and what they bring is
    made visible again, which takes as long as the poll waits.
    """

    async def receive(self, name: str, *, maximum: int, wait_s: int, visibility_s: int | None = None) -> list[Message]:
        """Wait `wait_s` seconds for up to ten messages, with all attributes; hide them for `visibility_s` seconds.

        Without `visibility_s` they are hidden as long as the queue says.
        """
        ...

    async def delete(self, name: str, handles: Sequence[str]) -> None:
        """Delete messages by their receipt handles, trying again what fails; never raises."""
        ...

    async def make_visible(self, name: str, handles: Sequence[str]) -> None:
        """Return received messages to the queue at once; never raises."""
        ...

    async def send(self, name: str, body: str) -> None:
        """Put a message on a queue."""
        ...

    async def depth(self, name: str) -> Depth:
        """Return how many messages a queue has."""
        ...

    async def describe(self, name: str) -> Queue | None:
        """Return a queue as it is now, whoever made it; None when there is none."""
        ...

    def of_template(self, name: str) -> bool:
        """Tell whether the template describes a queue, so that it can be created anew."""
        ...

    async def create(self) -> None:
        """Create the template's queues where they are missing, and set what differs."""
        ...

    async def recreate(self) -> None:
        """Create the template's queues where they are missing; the others keep what programs have set."""
        ...
