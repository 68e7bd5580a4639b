"""The queues of one account in one region, and what concerns several of them: names, ARNs, dead letters."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from emulator.aws.arns import Arns, read_queue
from emulator.queues.embedded.changes import Changes
from emulator.queues.embedded.deduplication import Remembered, scope_of
from emulator.queues.embedded.errors import OVER_LIMIT, SqsError
from emulator.queues.embedded.message_queue import MessageQueue
from emulator.queues.embedded.stored_message import BeforeReceive, Content, StoredMessage

MISSING = "The specified queue does not exist."


MAXIMUM_BYTES = 1 << 30  #: of the messages of all queues: they are kept in memory as well as on disk


def random_id() -> str:
    """Return a new message id."""
    return str(uuid.uuid4())


@dataclass(slots=True)
class QueueAccount:
    """All queues, and the changes to them that are not stored yet."""

    arns: Arns
    new_id: Callable[[], str] = random_id
    maximum_bytes: int = MAXIMUM_BYTES  #: of all messages together
    queues: dict[str, MessageQueue] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)
    _last_key: int = 0

    def queue(self, url: str) -> MessageQueue:
        """Return the queue that a URL means by its last segment, or that a bare name names."""
        name = url.rstrip("/").rpartition("/")[2]
        try:
            return self.queues[name]
        except KeyError:
            raise SqsError("QueueDoesNotExist", MISSING) from None

    def by_arn(self, arn: str) -> MessageQueue | None:
        """Return the queue with this ARN; None when there is none, here."""
        named = read_queue(arn)
        return self.queues.get(named.name) if named else None

    def arn(self, queue: MessageQueue) -> str:
        """Return a queue's ARN."""
        return self.arns.queue(queue.name)

    def send(self, queue: MessageQueue, content: Content, *, delay_s: float, now: float) -> StoredMessage:
        """Put a message on a queue. A duplicate is not put: what is returned has the first one's id and key."""
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
        """Receive messages, moving those to the dead letters that were received too often."""

        def move_to_dead_letters(message: StoredMessage) -> bool:
            return self._move_to_dead_letters(queue, message, now)

        return queue.receive(limit, now, visibility_s=visibility_s, move_to_dead_letters=move_to_dead_letters)

    def move(self, message: StoredMessage, queue: MessageQueue, target: MessageQueue, *, now: float) -> None:
        """Move a message on as a new one: redriven messages get a new id and a new time (SQS developer guide)."""
        moved = queue.hand_over(message, target.name)
        moved.key, moved.id = self._next_key(now), self.new_id()
        moved.sent_at = moved.retained_from = moved.visible_at = now
        moved.received, moved.first_received_at, moved.source = 0, 0.0, ""
        self.changes.drop(message)
        target.enter(moved, now)
        self.changes.add(moved)

    def stored_bytes(self) -> int:
        """Return the size of all messages."""
        return sum(queue.stored_bytes for queue in self.queues.values())

    def sources_of(self, target: MessageQueue) -> Iterable[MessageQueue]:
        """Yield the queues whose dead letters go to this one."""
        for queue in self.queues.values():
            redrive = queue.redrive
            if redrive and redrive.target == target.name:
                yield queue

    def note(self, queue: MessageQueue) -> None:
        """Note that a queue is new, or has other settings."""
        self.changes.queues[queue.name] = {
            "attributes": dict(queue.attributes.values),
            "created_at": queue.created_at,
            "modified_at": queue.modified_at,
            "purged_at": queue.purged_at,
            "tags": queue.tags,
        }

    def delete(self, queue: MessageQueue) -> None:
        """Delete a queue with all that is in it."""
        for message in list(queue.messages.values()):
            queue.leave(message)
        del self.queues[queue.name]
        self.changes.forget(queue.name)

    def begin_after(self, key: int) -> None:
        """Give new messages keys above this one, which an earlier run has used."""
        self._last_key = max(self._last_key, key)

    def _move_to_dead_letters(self, queue: MessageQueue, message: StoredMessage, now: float) -> bool:
        """Move a message to the dead letters; False when there is no such queue.

        It keeps its id, its time and its receive count. Its retention begins anew on a FIFO queue only.
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
        """Return a number above all earlier ones, those of earlier runs included."""
        self._last_key = max(self._last_key + 1, int(now * 1_000_000))
        return self._last_key
