"""Traces as a person reads them: a waterfall of one, a line each of many."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from facepipe.client.log_view import lines_of

BAR, NARROW_BAR, NARROW = 40, 20, 110  #: characters: of a bar, in a terminal narrower than the last

Told = Mapping[str, Any]


def show_trace(trace: Told, console: Console) -> None:
    """Print where one request's time went, and what the functions said about it."""
    state = (
        "[red]failed[/red]" if trace["failed"] else "complete" if trace["complete"] else "under way, or not collected"
    )
    names = ", ".join(trace["names"]) or trace["identifier"]
    console.print(
        f"[bold]{escape(names)}[/bold]  {_clock(trace['start_ms'])}  {trace['duration_ms']:.0f} ms  {state}",
        highlight=False,
    )
    view = Table(box=box.SIMPLE, header_style="bold", padding=(0, 1, 0, 0), show_edge=False)
    width = NARROW_BAR if console.width < NARROW else BAR
    view.add_column("at ms", justify="right", no_wrap=True)
    view.add_column("step", no_wrap=True)
    view.add_column("", no_wrap=True, min_width=width)
    view.add_column("ms", justify="right", no_wrap=True)
    view.add_column("", overflow="fold")
    for span in trace["spans"]:
        view.add_row(*_row(span, trace, width))
    console.print(view)
    for line in trace["lines"]:
        if line["name"] or (line["is_error"] and not line["text"].startswith("REPORT ")):
            style = "red" if line["is_error"] else "dim"
            text = f"{line['at_ms'] - trace['start_ms']:7.0f}  {line['function']}: {lines_of(line['text'])}"
            console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def show_traces(traces: Sequence[Told], console: Console) -> None:
    """Print one line a request."""
    view = Table(box=box.SIMPLE, header_style="bold", padding=(0, 1, 0, 0))
    for heading in ("request", "began", "ms", "state", "why"):
        view.add_column(heading, justify="right" if heading == "ms" else "left", overflow="fold")
    for trace in traces:
        state = "[red]failed[/red]" if trace["failed"] else "complete" if trace["complete"] else "under way"
        name = ", ".join(trace["names"]) or trace["identifier"]
        view.add_row(
            escape(name), _clock(trace["start_ms"]), f"{trace['duration_ms']:.0f}", state, escape(trace["why"])
        )
    console.print(view)


def _row(span: Told, trace: Told, width: int) -> list[str]:
    length = span["end_ms"] - span["start_ms"]
    name = f"  {span['name']}" if span["is_part"] else span["name"]
    style = "red" if span["failed"] else "cyan" if span["is_part"] else "green"
    cells = [
        f"{span['start_ms'] - trace['start_ms']:.0f}",
        escape(name),
        f"[{style}]{bar(span, trace, width)}[/{style}]",
    ]
    note = escape(span["note"])
    return [*cells, f"{length:.0f}" if length else "", f"[red]{note}[/red]" if span["failed"] else note]


def bar(span: Told, trace: Told, width: int) -> str:
    """Return a span's place in its trace; a moment is a thin stroke."""
    scale = width / max(trace["duration_ms"], 1e-9)
    begin = min(int((span["start_ms"] - trace["start_ms"]) * scale), width - 1)
    length = span["end_ms"] - span["start_ms"]
    drawn = "█" * max(1, round(length * scale)) if length else "│"
    return (" " * begin + drawn)[:width]


def _clock(at_ms: float) -> str:
    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%H:%M:%S.%f")[:-3]
