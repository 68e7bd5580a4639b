"""ReceiveRequestAttemptId: a FIFO queue's answer can be asked for again for five minutes."""

from collections import OrderedDict
from dataclasses import dataclass, field

from emulator.aws.limits import DEDUPLICATION_S
from emulator.queues.embedded.stored_message import StoredMessage


@dataclass(frozen=True, slots=True)
class Answered:
    """The messages of an answer, each with the number of its receipt handle."""

    at: float
    messages: tuple[tuple[StoredMessage, int, float], ...]  #: message, receipt, hidden until

    def unchanged(self) -> bool:
        """Tell whether all of them are still hidden, as they were when they were received."""
        return all(
            message.queue and message.in_flight and message.receipt == receipt and message.visible_at == until
            for message, receipt, until in self.messages
        )


@dataclass(slots=True)
class Attempts:
    """The answers of the last five minutes by their attempt ids, oldest first. They are not stored."""

    _by_id: OrderedDict[str, Answered] = field(default_factory=OrderedDict)

    def find(self, attempt: str, now: float) -> list[StoredMessage]:
        """Return the messages that an attempt was answered with; none when one of them has changed since."""
        while self._by_id and next(iter(self._by_id.values())).at + DEDUPLICATION_S <= now:
            self._by_id.popitem(last=False)
        answered = self._by_id.get(attempt)
        return [message for message, _, _ in answered.messages] if answered and answered.unchanged() else []

    def keep(self, attempt: str, messages: list[StoredMessage], now: float) -> None:
        """Keep an answer."""
        self._by_id.pop(attempt, None)
        self._by_id[attempt] = Answered(
            now, tuple((message, message.receipt, message.visible_at) for message in messages)
        )
