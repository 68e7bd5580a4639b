"""Keeps what happens in a simulation: each photo's times, and counts over time."""

from array import array
from dataclasses import dataclass, field

BINS = 60  #: stretches of time in which a run is looked at
NEVER = -1.0


@dataclass(slots=True)
class Recorder:
    """The photos of one run, by their number, and what happened in each stretch of time."""

    span_s: float
    came: "array[float]" = field(default_factory=lambda: array("d"))  #: when the first POST came
    done: "array[float]" = field(default_factory=lambda: array("d"))  #: when all was done; NEVER if it failed
    left: "array[int]" = field(default_factory=lambda: array("h"))  #: messages and calls that are still to come
    failed: bytearray = field(default_factory=bytearray)
    refused: list[int] = field(default_factory=lambda: [0] * BINS)  #: throttled calls
    cold: list[int] = field(default_factory=lambda: [0] * BINS)
    dead: list[int] = field(default_factory=lambda: [0] * BINS)
    backlog: list[int] = field(default_factory=lambda: [0] * BINS)  #: the most visible messages
    at_once: list[int] = field(default_factory=lambda: [0] * BINS)  #: the most calls in flight, of all functions
    unsettled: int = 0

    def position(self, now: float) -> int:
        """Return the stretch of time that a moment is in; the last one goes on until everything has ended."""
        return max(0, min(BINS - 1, int(now / self.span_s * BINS)))

    def begin(self, now: float) -> int:
        """Note a new photo, and return its number."""
        self.came.append(now)
        self.done.append(NEVER)
        self.left.append(1)
        self.failed.append(0)
        self.unsettled += 1
        return len(self.came) - 1

    def more(self, photo: int, number: int) -> None:
        """Note that a photo has this many further messages."""
        self.left[photo] += number

    def end(self, photo: int, now: float, *, failed: bool = False) -> None:
        """Note that a call or message of a photo has come to its end; the photo is done with the last one."""
        self.left[photo] -= 1
        if failed:
            self.failed[photo] = 1
        if not self.left[photo]:
            self.unsettled -= 1
            if not self.failed[photo]:
                self.done[photo] = now

    def latencies(self) -> list[float]:
        """Return the times of all photos that were done, in ms."""
        return [(done - came) * 1000 for came, done in zip(self.came, self.done, strict=True) if done != NEVER]
