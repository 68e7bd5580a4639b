"""The functions' output, as CloudWatch has it."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from facepipe.client.api import ask
from facepipe.client.terminal_text import printable, printable_lines

FOLLOW_PAUSE_S = 0.5

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines; what is empty does not filter."""

    function: str = ""
    request_id: str = ""  #: the photo's or Lambda's
    errors: bool = False
    since_s: float = 0.0


def lines(api: str, wanted: LogFilter, *, follow: bool = False) -> Iterator[Line]:
    """Yield lines, oldest first; with `follow` also those to come, without an end."""
    after = 0
    while True:
        query: dict[str, str | float] = {
            "function": wanted.function,
            "request_id": wanted.request_id,
            "errors": int(wanted.errors),
        }
        answer = ask(api, "/logs", **query, since_s=0 if after else wanted.since_s, after=after)["lines"]
        yield from answer
        if not follow:
            return
        after = answer[-1]["id"] if answer else after
        time.sleep(FOLLOW_PAUSE_S)


def show(line: Line, console: Console) -> None:
    """Print one line: when, whose, from which environment, what."""
    clock = datetime.fromtimestamp(line["at_ms"] / 1000).astimezone().strftime("%H:%M:%S.%f")[:-3]
    environment = line["stream"].rpartition("]")[2]
    begin = printable(f"{clock} {line['function']} [{environment}] ")
    # A function's runtime sends line breaks as carriage returns.
    text = Text(begin + printable_lines(line["text"]), style="red" if line["is_error"] else "")
    console.print(text, soft_wrap=True)
