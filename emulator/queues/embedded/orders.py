"""The order in which the messages of a queue are received: standard queues with fair shares, FIFO queues by group."""

import heapq
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Protocol

from emulator.queues.embedded.stored_message import MessageState, StoredMessage

#: a group is noisy if it has more than this share of the messages in flight, and at least this number of them (ES-49)
NOISY_SHARE, NOISY_MESSAGES = 0.1, 30

#: marks a message as received and returns True; returns False if the message has left the queue instead
Take = Callable[[StoredMessage], bool]


class Order(Protocol):
    """The order of one queue's messages: it decides which are received next. The queue itself changes their states."""

    def enter(self, message: StoredMessage) -> None:
        """Add a message that is new in the queue."""
        ...

    def changed(self, message: StoredMessage) -> None:
        """Update the order after a message has become visible or hidden."""
        ...

    def leave(self, message: StoredMessage) -> None:
        """Update the order after a message has left the queue."""
        ...

    def take(self, limit: int, take: Take) -> list[StoredMessage]:
        """Return up to `limit` visible messages, each as soon as `take` has marked it as received."""
        ...

    def visible(self) -> bool:
        """Return whether `take` would find a message."""
        ...


class StandardOrder:
    """Orders messages by place. Groups with many messages in flight come after the others (fair queues, ES-49)."""

    def __init__(self) -> None:
        self._lines: dict[str, list[tuple[int, int, StoredMessage]]] = {}  #: by group; each is a heap by place
        self._heads: list[tuple[int, str]] = []  #: heap of the lines' first places and groups, some outdated
        self._in_flight: Counter[str] = Counter()  #: messages in flight, by group
        self._counted: set[int] = set()  #: keys of the messages that `_in_flight` counts

    def enter(self, message: StoredMessage) -> None:
        """Add a new message."""
        self.changed(message)

    def changed(self, message: StoredMessage) -> None:
        """List a message that has become visible; count a message while it is in flight."""
        self._count(message, in_flight=message.in_flight)
        if message.state is not MessageState.VISIBLE or message.listed:
            return
        group = message.content.group
        line = self._lines.setdefault(group, [])
        heapq.heappush(line, (message.place, message.key, message))
        message.listed = True
        if line[0][2] is message:
            heapq.heappush(self._heads, (message.place, group))

    def leave(self, message: StoredMessage) -> None:
        """Stop counting a message; if it has an entry, `take` skips it later."""
        self._count(message, in_flight=False)

    def take(self, limit: int, take: Take) -> list[StoredMessage]:
        """Return messages of quiet groups by place, and then messages of noisy groups."""
        taken: list[StoredMessage] = []
        noisy: list[tuple[int, str]] = []
        while len(taken) < limit and (head := self._next_head()):
            if self._is_noisy(head[1]):
                noisy.append(head)
            else:
                self._take_head(head[1], take, taken)
        for head in noisy:
            heapq.heappush(self._heads, head)
        while noisy and len(taken) < limit and (head := self._next_head()):
            self._take_head(head[1], take, taken)
        return taken

    def visible(self) -> bool:
        """Return whether any message is listed and visible."""
        head = self._next_head()
        if head:
            heapq.heappush(self._heads, head)
        return head is not None

    def _take_head(self, group: str, take: Take, taken: list[StoredMessage]) -> None:
        line = self._lines[group]
        message = heapq.heappop(line)[2]
        message.listed = False
        if take(message):
            taken.append(message)
        self._renew_head(group)

    def _renew_head(self, group: str) -> None:
        """Drop outdated entries at the head of a group's line, and list its new head."""
        line = self._lines[group]
        while line and not _is_listed(line[0]):
            heapq.heappop(line)[2].listed = False
        if line:
            heapq.heappush(self._heads, (line[0][0], group))
        else:
            del self._lines[group]

    def _next_head(self) -> tuple[int, str] | None:
        """Remove and return the place and group of the first visible message."""
        while self._heads:
            place, group = heapq.heappop(self._heads)
            line = self._lines.get(group)
            if not line or line[0][0] != place:
                continue  # another entry stands for this line's head
            if _is_listed(line[0]):
                return place, group
            self._renew_head(group)
        return None

    def _is_noisy(self, group: str) -> bool:
        own = self._in_flight[group] if group else 0
        return own >= NOISY_MESSAGES and own > NOISY_SHARE * len(self._counted)

    def _count(self, message: StoredMessage, *, in_flight: bool) -> None:
        group = message.content.group
        if in_flight and message.key not in self._counted:
            self._counted.add(message.key)
            self._in_flight[group] += 1
        elif not in_flight and message.key in self._counted:
            self._counted.discard(message.key)
            self._in_flight[group] -= 1
            if not self._in_flight[group]:
                del self._in_flight[group]


class FifoOrder:
    """Orders messages by group. A group is received from its first message up to the first hidden one (ES-15, ES-52).

    Groups take turns: after a receive from a group, it goes behind the others.
    """

    def __init__(self) -> None:
        self._groups: dict[str, OrderedDict[int, StoredMessage]] = {}
        self._ready: OrderedDict[str, None] = OrderedDict()  #: groups whose first message is visible

    def enter(self, message: StoredMessage) -> None:
        """Put a new message at the end of its group."""
        group = message.content.group
        self._groups.setdefault(group, OrderedDict())[message.key] = message
        self._look(group)

    def changed(self, message: StoredMessage) -> None:
        """Update the place of the message's group."""
        self._look(message.content.group)

    def leave(self, message: StoredMessage) -> None:
        """Remove a message from its group."""
        group = message.content.group
        members = self._groups[group]
        del members[message.key]
        if not members:
            del self._groups[group]
        self._look(group)

    def take(self, limit: int, take: Take) -> list[StoredMessage]:
        """Return all available messages of the group that has waited longest, then those of the next group."""
        taken: list[StoredMessage] = []
        while self._ready and len(taken) < limit:
            group = next(iter(self._ready))
            del self._ready[group]
            taken += self._take_of(group, limit - len(taken), take)
        return taken

    def visible(self) -> bool:
        """Return whether any group's first message is visible."""
        return bool(self._ready)

    def _take_of(self, group: str, limit: int, take: Take) -> list[StoredMessage]:
        """Return a group's first messages. A message for which `take` returns False has left the group."""
        taken: list[StoredMessage] = []
        while len(taken) < limit:
            message = _nth(self._groups.get(group, {}).values(), len(taken))
            if message is None or message.state is not MessageState.VISIBLE:
                break
            if take(message):
                taken.append(message)
        return taken

    def _look(self, group: str) -> None:
        first = _nth(self._groups.get(group, {}).values(), 0)
        if first is None or first.state is not MessageState.VISIBLE:
            self._ready.pop(group, None)
        else:
            self._ready.setdefault(group)


def _is_listed(entry: tuple[int, int, StoredMessage]) -> bool:
    """Return whether an entry is current: its message is visible and still at this place."""
    place, _, message = entry
    return message.state is MessageState.VISIBLE and message.place == place and bool(message.queue)


def _nth(messages: Iterable[StoredMessage], position: int) -> StoredMessage | None:
    return next(islice(messages, position, None), None)
