"""A standard queue in virtual time: visible and hidden messages, receive counts, dead letters."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import simpy

from emulator.aws.limits import IN_FLIGHT, MESSAGES_PER_CALL
from emulator.resources import Queue

CHUNK_BYTES = 65_536  #: of a request's payload, each billed as a request


@dataclass(slots=True, eq=False)
class Letter:
    """A message, and the photo that it is about."""

    photo: int
    since: float  #: when it became visible
    receives: int = 0
    visible: bool = True
    deleted: bool = False


@dataclass(slots=True)
class QueueCounts:
    """What happened in one queue."""

    sent: int = 0
    requests: int = 0  #: billed ones
    returned: int = 0
    dead: int = 0
    most_visible: int = 0
    longest_wait_s: float = 0.0


@dataclass(slots=True)
class SimulatedQueue:
    """One queue with a mapping."""

    env: simpy.Environment
    queue: Queue
    message_bytes: float
    died: Callable[[Letter], None]
    counts: QueueCounts = field(default_factory=QueueCounts)
    arrived: Callable[[], None] = lambda: None  #: is called when a message becomes visible
    visible: deque[Letter] = field(default_factory=deque)
    in_flight: int = 0

    def send(self, photo: int, delay_s: float) -> None:
        """Put a message on the queue; a mapping that polls sees it after `delay_s`."""
        self.counts.sent += 1
        self.counts.requests += chunks(self.message_bytes)
        event = self.env.timeout(delay_s)
        event.callbacks.append(lambda _: self._show(Letter(photo, self.env.now)))

    def receive(self, most: int) -> list[Letter]:
        """Receive at most `most` messages, which are hidden until `show_at`; none while too many are in flight."""
        count = min(most, len(self.visible), IN_FLIGHT - self.in_flight)
        letters = [self.visible.popleft() for _ in range(count)]
        if not letters:
            return letters
        now = self.env.now
        self.counts.longest_wait_s = max(self.counts.longest_wait_s, now - letters[0].since)
        self.in_flight += count
        for begin in range(0, count, MESSAGES_PER_CALL):
            self.counts.requests += chunks(self.message_bytes * min(MESSAGES_PER_CALL, count - begin))
        for letter in letters:
            letter.receives += 1
            letter.visible = False
        return letters

    def show_at(self, letters: Sequence[Letter], moment: float) -> None:
        """Make these messages visible again at this moment, or at once, unless they are deleted before."""
        event = self.env.timeout(max(0.0, moment - self.env.now))
        event.callbacks.append(lambda _: self._return(letters))

    def delete(self, letters: Sequence[Letter]) -> None:
        """Delete received messages."""
        self.counts.requests += -(-len(letters) // MESSAGES_PER_CALL)
        self.in_flight -= len(letters)
        for letter in letters:
            letter.deleted = True

    def _return(self, letters: Sequence[Letter]) -> None:
        """Make a message visible again, or a dead letter if it has been received too often (ES-45)."""
        policy = self.queue.redrive_policy
        for letter in letters:
            if letter.deleted or letter.visible:
                continue
            self.in_flight -= 1
            if policy and letter.receives >= policy.max_receive_count:
                self.counts.dead += 1
                self.died(letter)
            else:
                self.counts.returned += 1
                letter.since, letter.visible = self.env.now, True
                self._show(letter)

    def _show(self, letter: Letter) -> None:
        self.visible.append(letter)
        self.counts.most_visible = max(self.counts.most_visible, len(self.visible))
        self.arrived()


def chunks(size: float) -> int:
    """Return how many requests are billed for a payload."""
    return max(1, -(-int(size) // CHUNK_BYTES))
