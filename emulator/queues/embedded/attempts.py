"""Keeps the answers to receives with a ReceiveRequestAttemptId: a FIFO queue repeats them for five minutes."""

from collections import OrderedDict
from dataclasses import dataclass, field

from emulator.aws.limits import DEDUPLICATION_S
from emulator.queues.embedded.stored_message import StoredMessage


@dataclass(frozen=True, slots=True)
class Answered:
    """The messages of one answer, each with the number of its receipt handle."""

    at: float
    messages: tuple[tuple[StoredMessage, int, float], ...]  #: message, receipt, hidden until

    def unchanged(self) -> bool:
        """Return whether every message is still hidden by this receive."""
        return all(
            message.queue and message.in_flight and message.receipt == receipt and message.visible_at == until
            for message, receipt, until in self.messages
        )


@dataclass(slots=True)
class Attempts:
    """The answers of the last five minutes by attempt id, oldest first. They are kept in memory only."""

    _by_id: OrderedDict[str, Answered] = field(default_factory=OrderedDict)

    def find(self, attempt: str, now: float) -> list[StoredMessage]:
        """Return the messages of the answer to an attempt; an empty list if any of them has changed since."""
        while self._by_id and next(iter(self._by_id.values())).at + DEDUPLICATION_S <= now:
            self._by_id.popitem(last=False)
        answered = self._by_id.get(attempt)
        return [message for message, _, _ in answered.messages] if answered and answered.unchanged() else []

    def keep(self, attempt: str, messages: list[StoredMessage], now: float) -> None:
        """Keep the answer to an attempt."""
        self._by_id.pop(attempt, None)
        self._by_id[attempt] = Answered(
            now, tuple((message, message.receipt, message.visible_at) for message in messages)
        )
