"""The queues of one account in one region, and what involves several of them: names, ARNs and dead letters."""

import difflib
import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from emulator.aws.arns import Arns, read_queue
from emulator.queues.embedded.changes import Changes
from emulator.queues.embedded.deduplication import Remembered, scope_of
from emulator.queues.embedded.errors import OVER_LIMIT, SqsError
from emulator.queues.embedded.message_queue import MessageQueue
from emulator.queues.embedded.stored_message import BeforeReceive, Content, StoredMessage

log = logging.getLogger(__name__)

MISSING = "The specified queue does not exist."
NAME_CHARACTERS = 80  #: no queue has a longer name
MOST_HINTS = 100  #: so many misspelt names are logged at most, each once
MAXIMUM_BYTES = 1 << 30  #: limit for the messages of all queues: they are kept in memory as well as on disk


def random_id() -> str:
    """Return a new message id."""
    return str(uuid.uuid4())


@dataclass(slots=True)
class QueueAccount:
    """All queues, and the changes to them that are not stored yet."""

    arns: Arns
    new_id: Callable[[], str] = random_id
    maximum_bytes: int = MAXIMUM_BYTES  #: limit for all messages together
    queues: dict[str, MessageQueue] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)
    _last_key: int = 0
    _hinted: set[str] = field(default_factory=set)  #: misspelt names that were logged

    def queue(self, url: str) -> MessageQueue:
        """Return the queue with this name, or with the name in the last segment of this URL.

        AWS's error names no queue, so the log has a misspelt name and the name that is near.
        """
        name = url.rstrip("/").rpartition("/")[2]
        if name not in self.queues and (near := self._near(name)):
            self._hinted.add(name)
            log.warning("a call is for the queue %s, which does not exist; did you mean %s?", name, near[0])
        return self.named(name)

    def named(self, name: str) -> MessageQueue:
        """Return the queue with this name. Nothing is logged: scripts ask for a queue before they make it."""
        if name not in self.queues:
            raise SqsError("QueueDoesNotExist", MISSING)
        return self.queues[name]

    def _near(self, name: str) -> list[str]:
        """Return the queue whose name is most like this one; none if the log has it already, or too many."""
        if name in self._hinted or len(self._hinted) >= MOST_HINTS or len(name) > NAME_CHARACTERS:
            return []
        return difflib.get_close_matches(name, sorted(self.queues), n=1)

    def by_arn(self, arn: str) -> MessageQueue | None:
        """Return the queue with this ARN; None if this account and region do not have it."""
        named = read_queue(arn)
        return self.queues.get(named.name) if named else None

    def arn(self, queue: MessageQueue) -> str:
        """Return a queue's ARN."""
        return self.arns.queue(queue.name)

    def send(self, queue: MessageQueue, content: Content, *, delay_s: float, now: float) -> StoredMessage:
        """Put a message on a queue. A duplicate is not added; the result has the first message's id and key."""
        scope = ""
        if queue.fifo:
            by_group = queue.attributes.text("DeduplicationScope") == "messageGroup"
            scope = scope_of(content, by_group=by_group)
            if first := queue.deduplication.find(scope, now):
                return StoredMessage(first.key, first.message_id, "", content, now, now, now)
        self._check_room(content)
        message = StoredMessage(
            self._next_key(now),
            self.new_id(),
            queue.name,
            content,
            sent_at=now,
            retained_from=now,
            visible_at=now + delay_s,
        )
        queue.enter(message, now)
        self.changes.add(message)
        if scope:
            self._remember(queue, Remembered(scope, message.id, message.key, now))
        return message

    def receive(self, queue: MessageQueue, limit: int, *, visibility_s: float, now: float) -> list[BeforeReceive]:
        """Receive messages; move those that were received too often to the dead-letter queue."""

        def move_to_dead_letters(message: StoredMessage) -> bool:
            return self._move_to_dead_letters(queue, message, now)

        return queue.receive(limit, now, visibility_s=visibility_s, move_to_dead_letters=move_to_dead_letters)

    def move(self, message: StoredMessage, queue: MessageQueue, target: MessageQueue, *, now: float) -> None:
        """Move a message as a new one: redriven messages get a new id and a new time (SQS developer guide)."""
        moved = queue.hand_over(message, target.name)
        moved.key, moved.id = self._next_key(now), self.new_id()
        moved.sent_at = moved.retained_from = moved.visible_at = now
        moved.received, moved.first_received_at, moved.source = 0, 0.0, ""
        self.changes.drop(message)
        target.enter(moved, now)
        self.changes.add(moved)

    def stored_bytes(self) -> int:
        """Return the total size of all messages."""
        return sum(queue.stored_bytes for queue in self.queues.values())

    def sources_of(self, target: MessageQueue) -> Iterable[MessageQueue]:
        """Yield the queues that have this queue as their dead-letter queue."""
        for queue in self.queues.values():
            redrive = queue.redrive
            if redrive and redrive.target == target.name:
                yield queue

    def note(self, queue: MessageQueue) -> None:
        """Record that a queue is new or that its settings have changed."""
        self.changes.queues[queue.name] = {
            "attributes": dict(queue.attributes.values),
            "created_at": queue.created_at,
            "modified_at": queue.modified_at,
            "purged_at": queue.purged_at,
            "tags": queue.tags,
        }

    def delete(self, queue: MessageQueue) -> None:
        """Delete a queue with its messages."""
        for message in list(queue.messages.values()):
            queue.leave(message)
        del self.queues[queue.name]
        self.changes.forget(queue.name)

    def begin_after(self, key: int) -> None:
        """Give new messages keys above this one, the largest that an earlier run has used."""
        self._last_key = max(self._last_key, key)

    def _move_to_dead_letters(self, queue: MessageQueue, message: StoredMessage, now: float) -> bool:
        """Move a message to the dead-letter queue; return False if there is none.

        The message keeps its id, time and receive count. Its retention period starts again only if the queue is FIFO.
        """
        redrive = queue.redrive
        target = self.queues.get(redrive.target) if redrive else None
        if target is None or target.fifo != queue.fifo or target is queue:
            return False
        moved = replace(queue.hand_over(message, target.name), source=queue.name, visible_at=now)
        if queue.fifo:
            moved.retained_from = now
        target.enter(moved, now)
        self.changes.touch(moved)
        return True

    def _check_room(self, content: Content) -> None:
        if self.stored_bytes() + content.size_bytes > self.maximum_bytes:
            most = f"{self.maximum_bytes >> 20} MiB"
            problem = f"All queues together hold {most} of messages at most: delete, purge or process some."
            raise SqsError(OVER_LIMIT, problem)

    def _remember(self, queue: MessageQueue, remembered: Remembered) -> None:
        queue.deduplication.add(remembered)
        self.changes.remember(queue.name, remembered)

    def _next_key(self, now: float) -> int:
        """Return a key above all earlier keys, including those of earlier runs."""
        self._last_key = max(self._last_key + 1, int(now * 1_000_000))
        return self._last_key
