"""What every peer runs: functions, queues and triggers, written down once."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).resolve().parent / "functions"
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
TIMEOUT_S = 10
VISIBILITY_S = 60
BATCH = 10  #: Lambda's default


@dataclass(frozen=True, slots=True)
class PeerFunction:
    """A function."""

    handler: str
    has_url: bool = False
    sends_to: str = ""  #: the queue whose URL is its variable QUEUE


@dataclass(frozen=True, slots=True)
class MeasuredTrigger:
    """A mapping of the queue of this name to a function."""

    function: str
    batch: int = BATCH
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class MeasuredProject:
    """Everything that a peer is to run."""

    functions: Mapping[str, PeerFunction]
    triggers: Mapping[str, MeasuredTrigger]  #: by their queues
    queues: tuple[str, ...]  #: all of them
    notes: str = ""  #: HOST:PORT to which functions send datagrams

    @property
    def with_urls(self) -> list[str]:
        """Return the functions with a URL, in their order."""
        return [name for name, function in self.functions.items() if function.has_url]

    def variables(self, name: str, queue_urls: Mapping[str, object]) -> dict[str, object]:
        """Return the variables of a function; `queue_urls` may have references instead of texts."""
        queue = self.functions[name].sends_to
        return {"NOTES": self.notes, **({"QUEUE": queue_urls[queue]} if queue else {})}


def first_answer_project() -> MeasuredProject:
    """Return the least that has an answer: one function with a URL."""
    return MeasuredProject({"echo": PeerFunction("tiny.echo", has_url=True)}, {}, ())


def whole_project(notes: str) -> MeasuredProject:
    """Return the project of all other rows."""
    functions = {
        "echo": PeerFunction("tiny.echo", has_url=True),
        "echo-printing": PeerFunction("tiny.echo_and_print", has_url=True),
        "cold": PeerFunction("tiny.echo", has_url=True),
        "first": PeerFunction("two_stages.first", has_url=True, sends_to="hop"),
        "second": PeerFunction("two_stages.second", sends_to="results"),
        "quiet": PeerFunction("tiny.note"),
        "printing": PeerFunction("tiny.note_and_print"),
        "many": PeerFunction("tiny.note"),
        "slow": PeerFunction("tiny.slow"),
    }
    triggers = {
        "hop": MeasuredTrigger("second"),
        "wake": MeasuredTrigger("quiet"),
        "wake-printing": MeasuredTrigger("printing"),
        "filled": MeasuredTrigger("many", enabled=False),
        "seconds": MeasuredTrigger("slow", batch=1),
    }
    return MeasuredProject(functions, triggers, (*triggers, "results"), notes)


def write_code(folder: Path) -> None:
    """Copy the functions' files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in SOURCES.glob("*.py"):
        if source.stem != "__init__":
            shutil.copyfile(source, folder / source.name)
