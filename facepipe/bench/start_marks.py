"""What a start says on its way, as the parts of the time until the first result; pure functions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

_ENVIRONMENT = re.compile(r".* (?P<function>\S+): environment \S+ is ready$")
PROGRAM, READY, OPEN, ANSWER, RESULT = "program", "ready", "URL open", "first answer", "first result"
#: the marks of every start, in their order, with what ends there
MEANINGS: Mapping[str, str] = {
    PROGRAM: "scripts/up, Python and the imports of the command line",
    READY: "the emulator says ready: queues, ports, environments",
    OPEN: "the function URL takes connections",
    ANSWER: "face-detection has answered the first photo",
    RESULT: "its result is in the client's hands",
}


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A line that the start has written."""

    at_s: float  #: since the start
    text: str


def marks_of(lines: Iterable[WrittenLine]) -> dict[str, float]:
    """Return when the start said something for the first time, in ms."""
    marks: dict[str, float] = {}
    for line in lines:
        name = ""
        if line.text.startswith("template: "):
            name = PROGRAM
        elif line.text == "ready":
            name = READY
        elif match := _ENVIRONMENT.match(line.text):
            name = f"{match['function']} ready"
        if name:
            marks.setdefault(name, line.at_s * 1000)
    return marks


def in_order(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the median of each mark over several starts, the earliest first; a mark that one has not is left out."""
    common = [name for name in (runs[0] if runs else ()) if all(name in run for run in runs)]
    medians = {name: median(run[name] for run in runs) for name in common}
    return dict(sorted(medians.items(), key=lambda mark: mark[1]))
