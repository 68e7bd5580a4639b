"""What has changed in the model and is not stored yet. Each thing is there once, as it is when it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from emulator.queues.embedded.deduplication import Remembered
from emulator.queues.embedded.stored_message import StoredMessage


@dataclass(slots=True)
class Changes:
    """Messages by their keys, all else by names; None stands for what is gone."""

    added: dict[int, StoredMessage] = field(default_factory=dict)  #: to be written whole
    touched: dict[int, StoredMessage] = field(default_factory=dict)  #: of which only the state is to be written
    gone: set[int] = field(default_factory=set)
    queues: dict[str, Mapping[str, object] | None] = field(default_factory=dict)
    tasks: dict[str, Mapping[str, object] | None] = field(default_factory=dict)  #: message move tasks
    remembered: dict[tuple[str, str], Remembered] = field(default_factory=dict)  #: by queue and scope
    forgotten: set[str] = field(default_factory=set)  #: queues of which nothing is remembered any more

    def __bool__(self) -> bool:
        """Tell whether there is anything to write."""
        messages = self.added or self.touched or self.gone
        return bool(messages or self.queues or self.tasks or self.remembered or self.forgotten)

    def add(self, message: StoredMessage) -> None:
        """Note a message that is new."""
        self.added[message.key] = message

    def touch(self, message: StoredMessage) -> None:
        """Note that a message's state or queue has changed."""
        if message.key in self.added:
            self.added[message.key] = message  # a move has made another object of it
        else:
            self.touched[message.key] = message

    def drop(self, message: StoredMessage) -> None:
        """Note that a message is gone."""
        self.touched.pop(message.key, None)
        self.added.pop(message.key, None)
        self.gone.add(message.key)

    def remember(self, queue: str, remembered: Remembered) -> None:
        """Note a message that a FIFO queue remembers."""
        self.remembered[queue, remembered.scope] = remembered

    def forget(self, queue: str) -> None:
        """Note that a queue is gone with all that it remembers."""
        self.queues[queue] = None
        self.remembered = {key: record for key, record in self.remembered.items() if key[0] != queue}
        self.forgotten.add(queue)

    def take(self) -> "Changes":
        """Return all that has changed so far, to be written, and begin anew."""
        taken = replace(self)
        self.added, self.touched, self.gone, self.queues, self.tasks = {}, {}, set(), {}, {}
        self.remembered, self.forgotten = {}, set()
        return taken

    def put_back(self, failed: "Changes") -> None:
        """Take back what could not be written; what has changed since then counts."""
        added = {key: message for key, message in failed.added.items() if key not in self.gone}
        self.added = added | {key: message for key, message in self.touched.items() if key in added} | self.added
        touched = {key: message for key, message in failed.touched.items() if key not in self.gone} | self.touched
        self.touched = {key: message for key, message in touched.items() if key not in self.added}
        self.gone |= failed.gone
        self.queues, self.tasks = failed.queues | self.queues, failed.tasks | self.tasks
        kept = {key: record for key, record in failed.remembered.items() if key[0] not in self.forgotten}
        self.remembered, self.forgotten = kept | self.remembered, self.forgotten | failed.forgotten
