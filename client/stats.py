"""Figures of the running pipeline, as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from client.queues import QueueState

Figures = Mapping[str, Any]
COUNTS = ("invocations", "errors", "timeouts", "crashes", "throttles", "cold_starts")


def show(stats: Figures, queues: Sequence[QueueState], console: Console) -> None:
    """Print what came in, what the functions did and what is in the queues."""
    for title, view in (("URLs", _urls(stats)), ("functions", _functions(stats)), ("queues", _queues(stats, queues))):
        if view.row_count:
            console.print(f"[bold]{title}[/bold]")
            console.print(view)
    if stats["notes_lost"]:
        console.print(f"[red]{stats['notes_lost']} notes were lost: these figures are too low[/red]", highlight=False)


def _urls(stats: Figures) -> Table:
    view = _table("function", "requests", "4xx", "5xx", "ms average", "p50", "p95", "p99")
    for name, url in stats["urls"].items():
        view.add_row(name, str(url["requests"]), str(url["4xx"]), str(url["5xx"]), *_times(url["latency_ms"]))
    return view


def _functions(stats: Figures) -> Table:
    view = _table(
        *("function", *(count.replace("_", " ") for count in COUNTS), "in flight"),
        *("stage", "ms average", "p50", "p95", "p99"),
    )
    for name, now in stats["now"]["functions"].items():
        function = stats["functions"].get(name, {})
        counts = [name, *(str(function.get(count, 0)) for count in COUNTS), str(now["in_flight"])]
        for stage in ("duration_ms", "init_ms", "wait_ms"):
            if stage == "duration_ms" or function.get(stage):
                view.add_row(*counts, stage.removesuffix("_ms"), *_times(function.get(stage, {})))
                counts = [""] * len(counts)
    return view


def _queues(stats: Figures, states: Sequence[QueueState]) -> Table:
    view = _table(
        *("queue", "visible", "in flight", "delayed", "oldest s", "received", "returned", "dead-lettered"),
        *("in queue ms", "p50", "p95", "p99"),
    )
    looked = {state.name: state.oldest_s for state in states}
    for name, now in stats["now"]["queues"].items():
        queue = stats["queues"].get(name, {})
        # A queue that a function reads: the journal knows. Another: a look at it, which costs no message a life.
        oldest = stats["now"]["oldest_s"].get(name, looked.get(name))
        depth = [str(now[state]) for state in ("visible", "in_flight", "delayed")]
        steps = [str(queue[step]) if queue else "" for step in ("received", "returned", "dead-lettered")]
        age = "" if oldest is None else f"{oldest:.0f}"
        view.add_row(name, *depth, age, *steps, *_times(queue.get("in_queue_ms", {})))
    return view


def _table(first: str, *headings: str) -> Table:
    view = Table(box=box.SIMPLE, header_style="bold", padding=(0, 1, 0, 0))
    view.add_column(first, overflow="fold")
    for heading in headings:
        view.add_column(heading, justify="left" if heading == "stage" else "right")
    return view


def _times(percentiles: Mapping[str, float]) -> list[str]:
    return [f"{percentiles[name]:.0f}" if percentiles else "" for name in ("average", "p50", "p95", "p99")]
