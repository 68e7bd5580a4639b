"""Remembers the messages that a FIFO queue was sent, so that it accepts none of them twice within five minutes."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

from emulator.aws.limits import DEDUPLICATION_S
from emulator.queues.embedded.stored_message import Content


@dataclass(frozen=True, slots=True)
class Remembered:
    """A message that was sent. It may have been deleted since."""

    scope: str  #: a second message with the same scope is a duplicate
    message_id: str
    key: int
    at: float


@dataclass(slots=True)
class Deduplication:
    """The messages of the last five minutes, oldest first."""

    _by_scope: OrderedDict[str, Remembered] = field(default_factory=OrderedDict)

    def find(self, scope: str, now: float) -> Remembered | None:
        """Return the earlier message with this scope; None if there is none."""
        while self._by_scope and self._oldest().at + DEDUPLICATION_S <= now:
            self._by_scope.popitem(last=False)
        return self._by_scope.get(scope)

    def add(self, remembered: Remembered) -> None:
        """Remember a message."""
        self._by_scope[remembered.scope] = remembered

    def _oldest(self) -> Remembered:
        return next(iter(self._by_scope.values()))


def scope_of(content: Content, *, by_group: bool) -> str:
    """Return a message's scope: its deduplication id, together with its group if each group is deduplicated alone."""
    return f"{content.group} {content.deduplication_id}" if by_group else content.deduplication_id


def content_based_id(body: str) -> str:
    """Return the deduplication id that SQS computes from a body, without the attributes."""
    return hashlib.sha256(body.encode()).hexdigest()
