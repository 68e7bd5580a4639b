"""Traces as a person reads them: a waterfall of one, a line each of many."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from facepipe.client.printable_text import printable, printable_lines
from facepipe.client.terminal_text import shown

BAR, NARROW_BAR, NARROW = 40, 20, 110  #: characters: of a bar, in a terminal narrower than the last
NARROW_STEP, NARROW_NAME = 22, 36  #: characters that a step or a request has there; longer ones take several lines

Told = Mapping[str, Any]


def show_trace(trace: Told, console: Console) -> None:
    """Print where one request's time went, and what the functions said about it."""
    heading = shown(", ".join(trace["names"]) or trace["identifier"], "bold")
    file = shown(f"  {trace['file']}" if trace["file"] else "")
    when = f"  {_clock(trace['start_ms'])}  {trace['duration_ms']:.0f} ms  "
    console.print(Text.assemble(heading, file, when, _state(trace, "under way, or not collected")), soft_wrap=True)
    view = Table(box=box.SIMPLE, header_style="bold", padding=(0, 1, 0, 0), show_edge=False)
    width = NARROW_BAR if console.width < NARROW else BAR
    view.add_column("at ms", justify="right", no_wrap=True)
    view.add_column("step", overflow="fold", max_width=None if width == BAR else NARROW_STEP)
    view.add_column("", no_wrap=True, min_width=width)
    view.add_column("ms", justify="right", no_wrap=True)
    view.add_column("", overflow="fold")
    for span in trace["spans"]:
        view.add_row(*_row(span, trace, width))
    console.print(view)
    for line in trace["lines"]:
        report = f"REPORT RequestId: {line['request_id']}\t"  # it says nothing that the table does not
        if line["name"] or (line["is_error"] and not line["text"].startswith(report)):
            begin = printable(f"{line['at_ms'] - trace['start_ms']:7.0f}  {line['function']}: ")
            text = Text(begin + printable_lines(line["text"]), style="red" if line["is_error"] else "dim")
            console.print(text, soft_wrap=True)


def show_traces(traces: Sequence[Told], console: Console) -> None:
    """Print one row a request. In a narrow terminal its file, its id and why it failed are one column, uncut."""
    narrow = console.width < NARROW
    view = Table(box=box.SIMPLE, header_style="bold", padding=(0, 1, 0, 0))
    for heading in ("request",) if narrow else ("file", "request"):
        view.add_column(heading, overflow="fold", min_width=NARROW_NAME if narrow else None)
    for heading in ("began", "ms", "state"):
        view.add_column(heading, justify="right" if heading == "ms" else "left", no_wrap=True)
    if not narrow:
        view.add_column("why", overflow="fold")
    for trace in traces:
        name, file = shown(", ".join(trace["names"]) or trace["identifier"]), shown(trace["file"])
        why = shown(trace["why"], "red" if narrow else "")
        figures = (_clock(trace["start_ms"]), f"{trace['duration_ms']:.0f}", _state(trace, "under way"))
        if narrow:
            view.add_row(Text("\n").join(text for text in (file, name, why) if text), *figures)
        else:
            view.add_row(file, name, *figures, why)
    console.print(view)


def _state(trace: Told, otherwise: str) -> Text:
    if trace["failed"]:
        return Text("failed", "red")
    if trace["returns_ms"]:
        return Text(f"again {_clock(trace['returns_ms'])[:8]}", "yellow")
    return Text("complete" if trace["complete"] else otherwise)


def _row(span: Told, trace: Told, width: int) -> list[Text]:
    length = span["end_ms"] - span["start_ms"]
    name = f"  {span['name']}" if span["is_part"] else span["name"]
    style = "red" if span["failed"] else "cyan" if span["is_part"] else "green"
    return [
        Text(f"{span['start_ms'] - trace['start_ms']:.0f}"),
        shown(name),
        Text(bar(span, trace, width), style),
        Text(f"{length:.0f}" if length else ""),
        shown(span["note"], "red" if span["failed"] else ""),
    ]


def bar(span: Told, trace: Told, width: int) -> str:
    """Return a span's place in its trace; a moment is a thin stroke."""
    scale = width / max(trace["duration_ms"], 1e-9)
    begin = min(int((span["start_ms"] - trace["start_ms"]) * scale), width - 1)
    length = span["end_ms"] - span["start_ms"]
    drawn = "█" * max(1, round(length * scale)) if length else "│"
    return (" " * begin + drawn)[:width]


def _clock(at_ms: float) -> str:
    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%H:%M:%S.%f")[:-3]
