"""Collects the changes of the model that are not stored yet. Each changed object is listed once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from emulator.queues.embedded.deduplication import Remembered
from emulator.queues.embedded.stored_message import StoredMessage


@dataclass(slots=True)
class Changes:
    """Changed messages by key, all other objects by name. None means that the object was deleted."""

    added: dict[int, StoredMessage] = field(default_factory=dict)  #: new messages, to be written completely
    touched: dict[int, StoredMessage] = field(default_factory=dict)  #: messages whose state has changed
    gone: set[int] = field(default_factory=set)
    queues: dict[str, Mapping[str, object] | None] = field(default_factory=dict)
    tasks: dict[str, Mapping[str, object] | None] = field(default_factory=dict)  #: message move tasks
    remembered: dict[tuple[str, str], Remembered] = field(default_factory=dict)  #: by queue and scope
    forgotten: set[str] = field(default_factory=set)  #: deleted queues, whose deduplication records are to be deleted

    def __bool__(self) -> bool:
        """Return whether there is anything to write."""
        messages = self.added or self.touched or self.gone
        return bool(messages or self.queues or self.tasks or self.remembered or self.forgotten)

    def add(self, message: StoredMessage) -> None:
        """Record a new message."""
        self.added[message.key] = message

    def touch(self, message: StoredMessage) -> None:
        """Record that a message's state or queue has changed."""
        if message.key in self.added:
            self.added[message.key] = message  # a move creates a new object for the message
        else:
            self.touched[message.key] = message

    def drop(self, message: StoredMessage) -> None:
        """Record that a message was deleted."""
        self.touched.pop(message.key, None)
        self.added.pop(message.key, None)
        self.gone.add(message.key)

    def remember(self, queue: str, remembered: Remembered) -> None:
        """Record a message that a FIFO queue remembers for deduplication."""
        self.remembered[queue, remembered.scope] = remembered

    def forget(self, queue: str) -> None:
        """Record that a queue was deleted, with its deduplication records."""
        self.queues[queue] = None
        self.remembered = {key: record for key, record in self.remembered.items() if key[0] != queue}
        self.forgotten.add(queue)

    def take(self) -> "Changes":
        """Return all changes so far, so that they can be written, and start with an empty collection."""
        taken = replace(self)
        self.added, self.touched, self.gone, self.queues, self.tasks = {}, {}, set(), {}, {}
        self.remembered, self.forgotten = {}, set()
        return taken

    def put_back(self, failed: "Changes") -> None:
        """Add changes that could not be written; newer changes of the same objects replace them."""
        added = {key: message for key, message in failed.added.items() if key not in self.gone}
        self.added = added | {key: message for key, message in self.touched.items() if key in added} | self.added
        touched = {key: message for key, message in failed.touched.items() if key not in self.gone} | self.touched
        self.touched = {key: message for key, message in touched.items() if key not in self.added}
        self.gone |= failed.gone
        self.queues, self.tasks = failed.queues | self.queues, failed.tasks | self.tasks
        kept = {key: record for key, record in failed.remembered.items() if key[0] not in self.forgotten}
        self.remembered, self.forgotten = kept | self.remembered, self.forgotten | failed.forgotten
