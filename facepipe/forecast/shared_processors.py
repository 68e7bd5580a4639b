"""Processors that several jobs share evenly (processor sharing), in virtual time."""

from collections.abc import Callable
from dataclasses import dataclass, field

import simpy

DONE_S = 1e-9  #: work that counts as done: rounding leaves such rests


@dataclass(slots=True, eq=False)
class Job:
    """Work that is being done."""

    left_s: float  #: processor time
    at_most: float  #: processors that it can use at once: below 1 it waits between, above 1 it has threads
    done: Callable[[], None]


@dataclass(slots=True)
class SharedProcessors:
    """Gives each job the processors that it can use, or an equal share if there are too few."""

    env: simpy.Environment
    count: int
    _jobs: list[Job] = field(default_factory=list)
    _since: float = 0.0
    _change: int = 0  #: number of the latest change; a planned end before it does not hold any more

    def run(self, work_s: float, done: Callable[[], None], *, at_most: float = 1.0) -> None:
        """Begin a job; `done` is called when it ends."""
        self._advance()
        self._jobs.append(Job(max(work_s, DONE_S), min(at_most, float(self.count)), done))
        self._plan()

    @property
    def share(self) -> float:
        """The fraction of its processors that each job gets."""
        wanted = sum(job.at_most for job in self._jobs)
        return min(1.0, self.count / wanted) if wanted else 1.0

    def _advance(self) -> None:
        passed, share = self.env.now - self._since, self.share
        for job in self._jobs:
            job.left_s -= passed * job.at_most * share
        self._since = self.env.now

    def _plan(self) -> None:
        """Plan the next end of a job; a later change cancels the plan."""
        self._change += 1
        if not self._jobs:
            return
        share, change = self.share, self._change
        seconds = min(job.left_s / (job.at_most * share) for job in self._jobs)
        event = self.env.timeout(max(0.0, seconds))
        event.callbacks.append(lambda _: self._end(change))

    def _end(self, change: int) -> None:
        if change != self._change:
            return
        self._advance()
        ended = [job for job in self._jobs if job.left_s <= DONE_S]
        self._jobs = [job for job in self._jobs if job.left_s > DONE_S]
        self._plan()
        for job in ended:
            job.done()


@dataclass(slots=True)
class OneByOne:
    """A part that does one piece of work at a time: an event loop, an interpreter, an environment."""

    processors: SharedProcessors
    _waiting: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    _busy: bool = False

    def run(self, work_s: float, done: Callable[[], None]) -> None:
        """Do this work after what came before it."""
        self._waiting.append((work_s, done))
        if not self._busy:
            self._next()

    def _next(self) -> None:
        self._busy = bool(self._waiting)
        if self._busy:
            work_s, done = self._waiting.pop(0)
            self.processors.run(work_s, lambda: self._ended(done))

    def _ended(self, done: Callable[[], None]) -> None:
        self._next()
        done()
