"""A pure model of one queue and its messages. Callers pass the current time."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from emulator.aws.identifiers import is_fifo
from emulator.aws.limits import IN_FLIGHT, POISON_RECEIVES, RETENTION_S
from emulator.queues.embedded.attempts import Attempts
from emulator.queues.embedded.changes import Changes
from emulator.queues.embedded.deduplication import Deduplication
from emulator.queues.embedded.errors import SqsError
from emulator.queues.embedded.orders import FifoOrder, Order, StandardOrder
from emulator.queues.embedded.queue_attributes import QueueAttributes
from emulator.queues.embedded.redrive import Redrive
from emulator.queues.embedded.schedule import Schedule
from emulator.queues.embedded.stored_message import BeforeReceive, MessageState, StoredMessage
from emulator.resources.queue import RETENTION

#: moves a message to the dead-letter queue and returns True; returns False if there is no such queue
MoveToDeadLetters = Callable[[StoredMessage], bool]


@dataclass(frozen=True, slots=True)
class Counts:
    """SQS's approximate numbers of messages, which are exact here."""

    visible: int
    in_flight: int
    delayed: int


@dataclass(slots=True)
class MessageQueue:
    """A queue's settings and messages. Every method with `now` first applies all changes that are due by that time."""

    name: str
    attributes: QueueAttributes
    created_at: float
    modified_at: float
    changes: Changes
    tags: dict[str, str] = field(default_factory=dict)
    deduplication: Deduplication = field(default_factory=Deduplication)
    attempts: Attempts = field(default_factory=Attempts)
    purged_at: float = 0.0
    messages: dict[int, StoredMessage] = field(default_factory=dict)
    stored_bytes: int = 0  #: of all messages
    _order: Order = field(init=False)
    _hidden: Schedule = field(init=False)
    _retained: Schedule = field(init=False)
    _in_flight: int = 0
    _delayed: int = 0
    _places: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        self._order = FifoOrder() if self.fifo else StandardOrder()
        self._hidden, self._retained = Schedule(self._is_hidden_until), Schedule(self._is_retained_from)
        self._places = itertools.count(1)

    @property
    def fifo(self) -> bool:
        """Whether it is a FIFO queue, which keeps the order of each message group."""
        return is_fifo(self.name)

    @property
    def redrive(self) -> Redrive | None:
        """The redrive policy: where messages go that were received too often. None without one."""
        return Redrive.read(self.attributes)

    def counts(self, now: float) -> Counts:
        """Return how many messages there are in each state."""
        self.advance(now)
        visible = len(self.messages) - self._in_flight - self._delayed
        return Counts(visible, self._in_flight, self._delayed)

    def enter(self, message: StoredMessage, now: float) -> None:
        """Put a message into the queue."""
        self.advance(now)
        message.place = next(self._places)
        message.state = MessageState.DELAYED if message.visible_at > now else MessageState.VISIBLE
        self._admit(message)

    def restore(self, messages: Iterable[StoredMessage]) -> None:
        """Put stored messages into a new queue; `messages` are in the order of their places."""
        last = 0
        for message in messages:
            last = max(last, message.place)
            message.state = MessageState.IN_FLIGHT if message.received else MessageState.DELAYED
            self._admit(message)
        self._places = itertools.count(last + 1)

    def receive(
        self, limit: int, now: float, *, visibility_s: float, move_to_dead_letters: MoveToDeadLetters
    ) -> list[BeforeReceive]:
        """Receive up to `limit` messages; return each with the state that it had before.

        A message that has been received as often as the redrive policy allows goes to the dead-letter queue instead.
        """
        self.advance(now)
        if self._in_flight >= IN_FLIGHT:
            if self.fifo:
                return []
            raise SqsError("OverLimit", f"{self.name} has {IN_FLIGHT:,} messages in flight; delete what is processed")
        before: list[BeforeReceive] = []
        redrive = self.redrive

        def take(message: StoredMessage) -> bool:
            if redrive and message.received >= redrive.max_receive_count and move_to_dead_letters(message):
                return False
            before.append(BeforeReceive.of(message))
            self._mark_received(message, now)
            return True

        taken = self._order.take(min(limit, IN_FLIGHT - self._in_flight), take)
        for message in taken:
            self.hide(message, now + visibility_s, now)
        return before

    def unreceive(self, before: Iterable[BeforeReceive], now: float) -> None:
        """Undo a receive whose caller has gone. A message that has changed since keeps its present state."""
        for state in before:
            if self.messages.get(state.message.key) is state.message and state.message.received == state.received + 1:
                state.restore()
                self.hide(state.message, now, now)

    def hide(self, message: StoredMessage, until: float, now: float) -> None:
        """Hide a message until a time. If that time is now, the message becomes visible."""
        message.visible_at = until
        self._set_state(message, MessageState.IN_FLIGHT if until > now else MessageState.VISIBLE)
        if until > now:
            self._hidden.add(until, message.key, self._in_flight + self._delayed)
        self._order.changed(message)
        self.changes.touch(message)

    def leave(self, message: StoredMessage) -> None:
        """Remove a message, which is deleted."""
        self._forget(message)
        self.changes.drop(message)

    def hand_over(self, message: StoredMessage, queue: str) -> StoredMessage:
        """Remove a message, and return the copy of it that goes to another queue."""
        moved = replace(message, queue=queue, listed=False)
        self._forget(message)
        return moved

    def take_visible(self, limit: int, now: float) -> list[StoredMessage]:
        """Return up to `limit` visible messages in their order, so that they can be moved; no receive is counted.

        The caller must remove or hide each of them.
        """
        self.advance(now)

        def take(message: StoredMessage) -> bool:
            self._set_state(message, MessageState.IN_FLIGHT)
            return True

        return self._order.take(limit, take)

    def purge(self, now: float) -> None:
        """Delete all messages."""
        self.purged_at = now
        for message in list(self.messages.values()):
            self.leave(message)
        self._order = FifoOrder() if self.fifo else StandardOrder()

    def advance(self, now: float) -> None:
        """Make messages visible whose visibility timeout or delay has ended, and delete those past their retention."""
        while (key := self._hidden.pop_due(now)) is not None:
            message = self.messages[key]
            self._set_state(message, MessageState.VISIBLE)
            self._order.changed(message)
        if not self._retained.has_due(now - RETENTION_S.low):
            return
        retention_s = self.attributes.number(RETENTION)
        while (key := self._retained.pop_due(now - retention_s)) is not None:
            self.leave(self.messages[key])

    def next_at(self) -> float | None:
        """Return the next time at which `advance` may have something to do; None if there is none."""
        hidden, retained = self._hidden.next_at(), self._retained.next_at()
        if retained is None:
            return hidden
        over = retained + self.attributes.number(RETENTION)
        return over if hidden is None else min(hidden, over)

    def has_visible(self, now: float) -> bool:
        """Return whether a receive would find a message."""
        self.advance(now)
        return self._order.visible()

    def _admit(self, message: StoredMessage) -> None:
        self.messages[message.key] = message
        self.stored_bytes += message.content.size_bytes
        self._count(message.state, 1)
        if message.state is not MessageState.VISIBLE:
            self._hidden.add(message.visible_at, message.key, self._in_flight + self._delayed)
        self._retained.add(message.retained_from, message.key, len(self.messages))
        self._order.enter(message)

    def _forget(self, message: StoredMessage) -> None:
        del self.messages[message.key]
        self.stored_bytes -= message.content.size_bytes
        self._count(message.state, -1)
        self._order.leave(message)
        message.queue = ""

    def _mark_received(self, message: StoredMessage, now: float) -> None:
        message.received += 1
        message.receipt += 1
        message.received_at = now
        message.first_received_at = message.first_received_at or now
        if message.received >= POISON_RECEIVES and not self.fifo:
            message.place = next(self._places)  # ES-50: behind all waiting messages
        self._set_state(message, MessageState.IN_FLIGHT)
        self._order.changed(message)

    def _set_state(self, message: StoredMessage, state: MessageState) -> None:
        self._count(message.state, -1)
        message.state = state
        self._count(state, 1)

    def _count(self, state: MessageState, by: int) -> None:
        if state is MessageState.IN_FLIGHT:
            self._in_flight += by
        elif state is MessageState.DELAYED:
            self._delayed += by

    def _is_hidden_until(self, at: float, key: int) -> bool:
        message = self.messages.get(key)
        return message is not None and message.state is not MessageState.VISIBLE and message.visible_at == at

    def _is_retained_from(self, at: float, key: int) -> bool:
        message = self.messages.get(key)
        return message is not None and message.retained_from == at
