"""Where the emulator keeps its journal, its own queues, and what the console shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MEMORY = "memory"  #: this file name means: keep the queues in memory only
OFF = "off"  #: this file name means: keep no journal


@dataclass(frozen=True, slots=True)
class JournalPlace:
    """Where the journal is kept."""

    file: Path | None = None  #: None: in memory, until the emulator stops
    off: bool = False  #: nothing is kept


def read_place(text: str) -> JournalPlace:
    """Read a file's name, or `off`."""
    return JournalPlace(off=True) if text == OFF else JournalPlace(Path(text))


def write_place(place: JournalPlace) -> Sequence[str]:
    """Write a place as `read_place` reads it."""
    return [OFF] if place.off else [str(place.file)] if place.file else []


@dataclass(frozen=True, slots=True)
class ConsolePlace:
    """What the console needs: its pages, and where payloads are kept for it."""

    pages: Path | None = None  #: the folder of its files; None: there is no console, and no payload is kept
    payloads: Path | None = None  #: None: in memory, until the emulator stops


def read_console_place(text: str) -> ConsolePlace:
    """Read the folder of the pages and the file for payloads, separated by a comma, or `off`."""
    if text == OFF:
        return ConsolePlace()
    pages, _, payloads = text.partition(",")
    return ConsolePlace(Path(pages), Path(payloads) if payloads else None)


def write_console_place(place: ConsolePlace) -> Sequence[str]:
    """Write a place as `read_console_place` reads it."""
    if place.pages is None:
        return [OFF]
    return [f"{place.pages},{place.payloads}" if place.payloads else str(place.pages)]


@dataclass(frozen=True, slots=True)
class QueuesPlace:
    """Where the emulator's own queues are kept."""

    file: Path | None = None  #: None: in memory, until the emulator stops


def read_queues_place(text: str) -> QueuesPlace:
    """Read a file's name, or `memory`."""
    return QueuesPlace() if text == MEMORY else QueuesPlace(Path(text))


def write_queues_place(place: QueuesPlace) -> Sequence[str]:
    """Write a place as `read_queues_place` reads it."""
    return [str(place.file or MEMORY)]
