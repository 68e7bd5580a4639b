"""Rows as they come: lines of a table for a person, one JSON object a line for a program."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from facepipe.client.collect import CollectedResult
from facepipe.client.message_view import shown_result
from facepipe.client.photo_rows import Row
from facepipe.client.tables import distances, stage_times, summary
from facepipe.client.terminal_text import shown

STAGES = ("detection", "queue", "recognition")
NUMBERS = {"ms": 7}  #: columns of a narrow terminal, and their widths
WIDE_NUMBERS = {"distance": 12, "detect ms": 9, "queue ms": 8, "recog. ms": 9, "total ms": 8}
ID_WIDTH = 16
WIDE = 120  #: characters, from which on there is room for all columns
LISTED = 20  #: request ids in one command


class RowView(Protocol):
    """Shows a run."""

    def row(self, row: Row) -> None:
        """Show a photo that is settled."""
        ...

    @property
    def notice(self) -> Callable[[str], None]:
        """The function that shows text other than rows."""
        ...

    def end(self, rows: Sequence[Row], leftovers: str) -> None:
        """Show the figures of the run, the photos that were not waited for, and what else lies in the queue."""
        ...


@dataclass(slots=True)
class TerminalRows:
    """Prints lines of a table, whose widths are known before its first row. Nothing in it is cut."""

    console: Console
    again: str = ""  #: options with which `collect` finds the same pipeline
    trace_again: str = ""  #: options with which `trace` finds it
    has_trace: bool = False  #: whether there is a journal
    _began: bool = field(default=False, init=False)

    def row(self, row: Row) -> None:
        """Print a photo; below a failed one what happened, and how to see more."""
        if not self._began:
            self._began = True
            self.console.print(self._line([Text(name, "bold") for name in ("photo", "result", *self._numbers, "id")]))
        self.console.print(self._line(self._cells(row)))
        if row.problem:
            self.console.print(Padding(shown(row.problem, "red"), (0, 0, 0, 2)))
            if self.has_trace:
                self.console.print(shown(f"  facepipe trace {row.request_id}{self.trace_again}", "dim"), soft_wrap=True)
        if row.note:
            self.console.print(Padding(shown(row.note, "dim"), (0, 0, 0, 2)))

    def notice(self, text: str) -> None:
        """Print it in a line of its own."""
        self.console.print(shown(text, "yellow"), soft_wrap=True)

    def end(self, rows: Sequence[Row], leftovers: str) -> None:
        """Print the figures, and how to collect the results of photos that were not waited for."""
        for line in unfinished(rows, self.again):
            self.notice(line)
        self.console.print(summary(rows), highlight=False)
        if leftovers:
            self.notice(leftovers)

    @property
    def _numbers(self) -> Mapping[str, int]:
        return WIDE_NUMBERS if self.console.width >= WIDE else NUMBERS

    def _line(self, cells: Sequence[Text]) -> Table:
        numbers = self._numbers
        rest = self.console.width - sum(numbers.values()) - ID_WIDTH - len(numbers) - 3
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_column(width=rest // 2, overflow="fold")
        line.add_column(width=rest - rest // 2, overflow="fold")
        for width in numbers.values():
            line.add_column(width=width, overflow="fold", justify="right")
        line.add_column(width=ID_WIDTH, overflow="fold")
        line.add_row(*cells)
        return line

    def _cells(self, row: Row) -> list[Text]:
        name, request_id = shown(row.name), shown(row.request_id, "dim")
        if row.answer is None or row.problem:
            nothing = [Text("")] * len(self._numbers)
            return [name, Text("failed", "red"), *nothing, request_id]
        total = Text(f"{row.total_ms if row.answer.latency_ms is None else row.answer.latency_ms:.0f}")
        result = shown(shown_result(row.answer.result), "yellow" if row.answer.result == "unknown" else "")
        if self._numbers is NUMBERS:
            return [name, result, total, request_id]
        stages = stage_times(row.answer)
        times = [Text(f"{stages[stage]:.0f}" if stage in stages else "") for stage in STAGES]
        return [name, result, shown(distances(row.answer)), *times, total, request_id]


@dataclass(frozen=True, slots=True)
class JsonRows:
    """Writes a JSON object for each row, and everything else elsewhere."""

    write: Callable[[str], None]  #: a line of the output
    notice: Callable[[str], None]
    again: str = ""

    def row(self, row: Row) -> None:
        """Write a photo."""
        self.write(json.dumps(row_as_json(row)))

    def end(self, rows: Sequence[Row], leftovers: str) -> None:
        """Write the photos that were not waited for as well; the rest are notices."""
        for row in rows:
            if not row.settled:
                self.row(row)
        for line in unfinished(rows, self.again):
            self.notice(line)
        self.notice(summary(rows))
        if leftovers:
            self.notice(leftovers)


def unfinished(rows: Sequence[Row], again: str) -> list[str]:
    """Return what to tell of photos that were not waited for, with the command that collects their results."""
    accepted = [row.request_id for row in rows if row.accepted and not row.settled]
    under_way = [row.request_id for row in rows if not row.accepted and not row.settled]
    lines = []
    if accepted:
        lines.append(f"stopped while {len(accepted)} accepted photos waited for their results; they come all the same:")
    if under_way:
        lines.append(f"stopped while {len(under_way)} photos were being posted; they may have been accepted:")
    if both := [*accepted, *under_way]:
        ids = f" {' '.join(both)}" if len(both) <= LISTED else ""
        lines.append(f"facepipe collect{ids}{again}")
    return lines


def row_as_json(row: Row) -> dict[str, Any]:
    """Return what is known of a photo."""
    state = "complete" if row.completed else "failed" if row.problem else "pending"
    known = {
        "request_id": row.request_id,
        "filename": row.name,
        "state": state,
        "problem": row.problem or None,
        "note": row.note or None,
        "faces": row.faces,
        "attempts": row.attempts,
        "duplicates": row.duplicates,
    }
    if row.answer is None or row.problem:
        return {**known, "result": None}
    times = {"latency_ms": row.answer.latency_ms, "client_ms": round(row.total_ms, 1)}
    return {**known, **times, "stages_ms": stage_times(row.answer), **result_as_json(row.answer)}


def result_as_json(answer: CollectedResult) -> dict[str, Any]:
    """Return a result; `message` is the whole message, as JSON if it is that."""
    try:
        message = json.loads(answer.body)
    except (ValueError, RecursionError):
        message = answer.body
    return {"result": answer.result, "details": [asdict(face) for face in answer.faces], "message": message}
