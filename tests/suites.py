"""The suites: where each is, and beside what it may run. docs/suites.md says what each shows, and a test compares the two."""

from dataclasses import dataclass
from enum import StrEnum


class Lane(StrEnum):
    """Where the tests of a suite run in a whole run; those that need Docker have two processes of their own."""

    TOGETHER = "together"  #: in several processes: these suites need no machine for themselves
    ALONE = "alone"  #: with the whole machine: a busy one makes honest callers look slow
    #: beside processes, before any container: Chromium gives up requests when a container changes the machine's networks
    BROWSER = "browser"
    PROCESSES = "processes"  #: two at once: whole pipelines of processes


@dataclass(frozen=True, slots=True)
class Suite:
    """A folder of tests/."""

    name: str
    lane: Lane
    docker: bool = False  #: whether it has tests that need Docker

    @property
    def folder(self) -> str:
        return f"tests/{self.name}"


SUITES = (  # in this order they run: those first whose files take long, so that no process waits for one at the end
    Suite("ship", Lane.TOGETHER, docker=True),
    Suite("conformance", Lane.TOGETHER),
    Suite("unit", Lane.TOGETHER),
    Suite("contract", Lane.TOGETHER),
    Suite("queues", Lane.TOGETHER, docker=True),
    Suite("flood", Lane.ALONE),
    Suite("processes", Lane.PROCESSES),
    Suite("acceptance", Lane.PROCESSES, docker=True),
    Suite("browser", Lane.BROWSER),
    Suite("containers", Lane.TOGETHER, docker=True),
)
