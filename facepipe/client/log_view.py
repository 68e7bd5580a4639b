"""The functions' output, as CloudWatch has it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from facepipe.client.api import ask
from facepipe.client.printable_text import printable, printable_lines
from facepipe.client.since import moment

FOLLOW_PAUSE_S = 0.5
INSTANCE_CHARACTERS = 8  #: shown of the 32 digits by which a stream names its environment

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines; what is empty does not filter."""

    function: str = ""
    request_id: str = ""  #: the photo's or Lambda's
    errors: bool = False
    since_s: float = 0.0
    latest: int = 0  #: so many of the latest lines; 0: as many as the emulator gives at once


def lines(api: str, wanted: LogFilter, *, follow: bool = False, say: Callable[[str], None]) -> Iterator[Line]:
    """Yield lines, oldest first; with `follow` also those to come, without an end. `say` gets which lines they are."""
    found = _ask(api, wanted, since_s=wanted.since_s, limit=wanted.latest + 1 if wanted.latest else 0)
    say(_which(found, wanted))
    shown = found[-wanted.latest :] if wanted.latest else found
    yield from shown
    after = shown[-1]["id"] if shown else 0
    while follow:
        time.sleep(FOLLOW_PAUSE_S)
        new = _ask(api, wanted, after=after, since_s=0 if after else wanted.since_s)
        yield from new
        after = new[-1]["id"] if new else after


def _ask(api: str, wanted: LogFilter, **more: float) -> Sequence[Line]:
    about: dict[str, str | float] = {
        "function": wanted.function,
        "request_id": wanted.request_id,
        "errors": int(wanted.errors),
    }
    found: Sequence[Line] = ask(api, "/logs", **about, **more)["lines"]
    return found


def _which(found: Sequence[Line], wanted: LogFilter) -> str:
    """Return which lines these are, and how to see more: those of today may be few among those of many days."""
    if not found:
        return "no lines" + (" of that time: leave out --since" if wanted.since_s else "")
    if wanted.latest and len(found) > wanted.latest:
        first = moment(found[-wanted.latest]["at_ms"])
        return f"the latest {wanted.latest} lines, since {first}; for more: -n {wanted.latest * 10}, or --since 1h"
    return f"{len(found)} lines, since {moment(found[0]['at_ms'])}"


def show(line: Line, console: Console) -> None:
    """Print one line: when, whose, from which environment, what."""
    clock = datetime.fromtimestamp(line["at_ms"] / 1000).astimezone().strftime("%H:%M:%S.%f")[:-3]
    environment = line["stream"].rpartition("]")[2][:INSTANCE_CHARACTERS]
    begin = printable(f"{clock} {line['function']} [{environment}] ")
    # A function's runtime sends line breaks as carriage returns.
    text = Text(begin + printable_lines(line["text"]), style="red" if line["is_error"] else "")
    console.print(text, soft_wrap=True)
