"""Measures how long it takes from a save until the new code answers, and from a mistake to its message."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

QUIET_S = 0.5  #: the pause between two saves
GIVE_UP_S = 60.0

#: appended to a handler's file: it answers the probe itself, and passes everything else on
PROBE = """

_measured = handler


def handler(event, context):
    return {number} if event == {{"probe": True}} else _measured(event, context)
"""
TINY = "def handler(event, context):\n    return 0\n"


class LoopError(RuntimeError):
    """Something that was measured did not happen; the message says what."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A function whose file is saved again and again."""

    name: str
    file: Path
    api: str  #: the emulator's Lambda API

    def save_and_call(self, http: httpx.Client, number: int, original: str) -> float:
        """Save code that answers with a number; return the milliseconds until it does."""
        began = time.perf_counter()
        self.file.write_text(original + PROBE.format(number=number), encoding="utf-8")
        while time.perf_counter() - began < GIVE_UP_S:
            path = f"{self.api}/2015-03-31/functions/{self.name}/invocations"
            if http.post(path, json={"probe": True}).text == str(number):
                return (time.perf_counter() - began) * 1000
        raise LoopError(f"{self.name}: the saved code did not answer within {GIVE_UP_S:g} s")


def save_to_answer(edited: Edited, rounds: int) -> Mapping[str, float]:
    """Return the spread of the milliseconds from a save to the first answer of the new code."""
    original = edited.file.read_text(encoding="utf-8")
    with httpx.Client(timeout=GIVE_UP_S) as http:
        edited.save_and_call(http, 1000, original)  # a warm-up
        found = []
        for number in range(rounds):
            time.sleep(QUIET_S)
            found.append(edited.save_and_call(http, 1001 + number, original))
    return spread_of(found)


@dataclass(frozen=True, slots=True)
class MadeMistake:
    """A mistake, and a part of its message."""

    name: str
    file: str  #: in the project
    text: str
    message: str


MISTAKES = (
    MadeMistake("syntax error", "fn/app.py", "def handler(event, context:\n    return 0\n", "line 1: SyntaxError"),
    MadeMistake("indentation", "fn/app.py", "def handler(event, context):\nreturn 0\n", "line 2: IndentationError"),
    MadeMistake("missing module", "fn/app.py", "import nowhere_at_all\n" + TINY, "No module named 'nowhere_at_all'"),
    MadeMistake("error in the init phase", "fn/app.py", "limit = maximum\n" + TINY, "name 'maximum' is not defined"),
    MadeMistake(
        "handler renamed", "fn/app.py", "def handle(event, context):\n    return 0\n", "Handler 'handler' missing"
    ),
    MadeMistake("invalid template", "template.yaml", "Resources: [1", "everything runs as before"),
)


def mistake_to_message(project: Path, log: Path, rounds: int) -> Mapping[str, Mapping[str, float]]:
    """Return, for each mistake, the spread of the milliseconds from its save to its message in the log."""
    return {mistake.name: spread_of([_make(mistake, project, log) for _ in range(rounds)]) for mistake in MISTAKES}


def _make(mistake: MadeMistake, project: Path, log: Path) -> float:
    """Save a mistake, wait for its message, and mend it."""
    file = project / mistake.file
    good = file.read_text(encoding="utf-8")
    began = _save(file, mistake.text, log, mistake.message)
    mended = "is applied" if mistake.file.startswith("template") else "is ready"
    _save(file, good, log, mended)
    time.sleep(QUIET_S)
    return began


def _save(file: Path, text: str, log: Path, message: str) -> float:
    """Save a text, and return the milliseconds until a new line of the log has the message."""
    offset, began = log.stat().st_size, time.perf_counter()
    file.write_text(text, encoding="utf-8")
    while time.perf_counter() - began < GIVE_UP_S:
        with log.open("rb") as opened:
            opened.seek(offset)
            if message.encode() in opened.read():
                return (time.perf_counter() - began) * 1000
        time.sleep(0.005)
    raise LoopError(f"the log did not say {message!r} within {GIVE_UP_S:g} s; it is {log}")


def spread_of(values: Sequence[float]) -> Mapping[str, float]:
    """Return the least, the median and the most."""
    times = sorted(values)
    return {"min": times[0], "median": times[len(times) // 2], "max": times[-1]}
