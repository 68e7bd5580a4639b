"""Collected results as they come: a line each for a person, a JSON object each for a program."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.text import Text

from facepipe.client.collect import CollectedResult
from facepipe.client.message_view import shown_result
from facepipe.client.row_view import result_as_json
from facepipe.client.tables import distances
from facepipe.client.terminal_text import shown


class ResultView(Protocol):
    """Shows results."""

    @property
    def again(self) -> str:
        """The options with which `collect` finds the same queue."""
        ...

    def result(self, answer: CollectedResult) -> None:
        """Show a result."""
        ...

    def missing(self, request_id: str, problem: str) -> None:
        """Show that a result has not come."""
        ...

    @property
    def notice(self) -> Callable[[str], None]:
        """The function that shows text other than results."""
        ...


@dataclass(frozen=True, slots=True)
class TerminalResults:
    """Prints lines."""

    console: Console
    again: str = ""

    def result(self, answer: CollectedResult) -> None:
        """Print a result."""
        text = f"{answer.request_id or '(no request_id)'}  {shown_result(answer.result)}  {distances(answer)}"
        self.console.print(shown(text), soft_wrap=True)

    def missing(self, request_id: str, problem: str) -> None:
        """Print that a result has not come."""
        self.console.print(Text.assemble(shown(request_id), shown(f"  {problem}", "red")), soft_wrap=True)

    def notice(self, text: str) -> None:
        """Print something else."""
        self.console.print(shown(text, "yellow"), soft_wrap=True)


@dataclass(frozen=True, slots=True)
class JsonResults:
    """Writes a JSON object for each result, and everything else elsewhere."""

    write: Callable[[str], None]  #: a line of the output
    notice: Callable[[str], None]
    again: str = ""

    def result(self, answer: CollectedResult) -> None:
        """Write a result."""
        self.write(json.dumps({"request_id": answer.request_id or None, **result_as_json(answer)}))

    def missing(self, request_id: str, problem: str) -> None:
        """Write that a result has not come."""
        self.write(json.dumps({"request_id": request_id, "result": None, "problem": problem}))
