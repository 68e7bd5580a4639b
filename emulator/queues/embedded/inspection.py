"""Shows the messages of a queue without receiving them, and deletes or redrives single messages, for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from emulator.aws.arns import Arns
from emulator.queues.embedded.errors import INVALID_PARAMETER_VALUE, SqsError
from emulator.queues.embedded.message_answers import system_attributes
from emulator.queues.embedded.message_queue import MessageQueue
from emulator.queues.embedded.queue_account import QueueAccount
from emulator.queues.embedded.stored_message import StoredMessage


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """A message as it is in its queue now. Times are in seconds since 1970."""

    id: str
    body: str
    state: str  #: "visible", "in flight" or "delayed"
    received: int  #: ApproximateReceiveCount
    sent_at: float
    visible_at: float  #: the end of its visibility timeout or delay, if it is hidden
    attributes: Mapping[str, Mapping[str, Any]]  #: the message attributes, in the shape of botocore's model
    system_attributes: Mapping[str, str]
    size_bytes: int
    source: str  #: the queue from which it came as a dead letter; empty for any other message


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a person can do with single messages."""

    account: QueueAccount

    def look(self, queue: str, now: float, limit: int | None = None) -> Sequence[SeenMessage]:
        """Return the first messages of a queue, or all of them, in their order of arrival."""
        found = self.account.queue(queue)
        found.advance(now)
        return [_seen(message, self.account.arns) for message in islice(found.messages.values(), limit)]

    def count(self, queue: str, now: float) -> int:
        """Return the number of messages in a queue, in all states together."""
        found = self.account.queue(queue)
        found.advance(now)
        return len(found.messages)

    def delete(self, queue: str, message_id: str, now: float) -> None:
        """Delete a message, even if it is in flight. Raises `SqsError` if the queue does not have it."""
        found = self.account.queue(queue)
        found.leave(_find(found, message_id, now))

    def replay(self, queue: str, message_id: str, now: float) -> str:
        """Send a dead letter back to its source queue as a new message; return that queue's name."""
        found = self.account.queue(queue)
        message = _find(found, message_id, now)
        target = self._origin(message, found)
        self.account.move(message, found, target, now=now)
        return target.name

    def _origin(self, message: StoredMessage, queue: MessageQueue) -> MessageQueue:
        """Return the queue to which a dead letter goes back.

        A message that a program has sent here goes to the only queue that has this one as its dead-letter queue.
        """
        sources = [source.name for source in self.account.sources_of(queue)]
        name = message.source or (sources[0] if len(sources) == 1 else "")
        target = self.account.queues.get(name)
        if target is None:
            where = f"its queue {name} does not exist" if name else "it came from no other queue"
            raise SqsError(INVALID_PARAMETER_VALUE, f"Message {message.id} cannot go back: {where}.")
        return target


def _find(queue: MessageQueue, message_id: str, now: float) -> StoredMessage:
    queue.advance(now)
    for message in queue.messages.values():
        if message.id == message_id:
            return message
    raise SqsError(INVALID_PARAMETER_VALUE, f"{queue.name} has no message {message_id}: it may have been deleted.")


def _seen(message: StoredMessage, arns: Arns) -> SeenMessage:
    return SeenMessage(
        id=message.id,
        body=message.content.body,
        state=message.state.value,
        received=message.received,
        sent_at=message.sent_at,
        visible_at=message.visible_at,
        attributes=message.content.attributes,
        system_attributes=system_attributes(message, arns, lambda _: True),
        size_bytes=message.content.size_bytes,
        source=message.source,
    )
