"""Figures of the running pipeline, as tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from facepipe.client.queues import QueueState
from facepipe.client.since import moment
from facepipe.client.terminal_text import shown

Figures = Mapping[str, Any]
COUNTS = ("invocations", "errors", "timeouts", "crashes", "throttles", "cold_starts")
STEPS = ("received", "returned", "dead-lettered")
NARROW = 110  #: a terminal with fewer columns has less space between the columns of a table
TIMES = ("average", "p50", "p95", "p99")


def show(stats: Figures, queues: Sequence[QueueState], console: Console) -> None:
    """Print what came in, what the functions did, how long each stage took and what is in the queues."""
    console.print(_since(stats), highlight=False)
    for view in (_urls(stats), _functions(stats), _stages(stats), _queues(stats, queues)):
        if not view.row_count:
            continue
        if console.width < NARROW:
            view.padding, view.show_edge = (0, 0, 0, 0), False
            console.print()
        console.print(view)
    if stats["notes_lost"]:
        console.print(f"[red]{stats['notes_lost']} notes were lost: these figures are too low[/red]", highlight=False)


def _since(stats: Figures) -> str:
    if not stats["since_ms"]:
        return "nothing has happened yet"
    few = f", the latest {stats['steps']:,} steps of each kind" if stats["cut"] else ""
    return f"since {moment(stats['since_ms'])}{few}; for less: --since 5m"


def _urls(stats: Figures) -> Table:
    view = _table("Function URL", "requests", "4xx", "5xx")
    for name, url in stats["urls"].items():
        view.add_row(shown(name), str(url["requests"]), str(url["4xx"]), str(url["5xx"]))
    return view


def _functions(stats: Figures) -> Table:
    view = _table("function", "calls", "errors", "timeouts", "crashes", "throttles", "cold", "now", "envs")
    for name, now in stats["now"]["functions"].items():
        function = stats["functions"].get(name, {})
        counts = (str(function.get(count, 0)) for count in COUNTS)
        view.add_row(shown(name), *counts, str(now["in_flight"]), f"{now['ready']} of {now['limit']}")
    return view


def _stages(stats: Figures) -> Table:
    view = _table("stage, ms", *TIMES)
    for name, times in _times(stats):
        if times:
            cells = [f"{times[time]:.0f}" for time in TIMES]
            view.add_row(shown(name), *cells)
    return view


def _times(stats: Figures) -> Iterator[tuple[str, Mapping[str, float]]]:
    for name, url in stats["urls"].items():
        yield f"{name}: URL, request to answer", url["latency_ms"]
    for name, function in stats["functions"].items():
        yield f"{name}: waiting for an environment", function["wait_ms"]
        yield f"{name}: cold start", function["init_ms"]
        yield f"{name}: call", function["duration_ms"]
    for name, queue in stats["queues"].items():
        yield f"in {name}", queue["in_queue_ms"]


def _queues(stats: Figures, states: Sequence[QueueState]) -> Table:
    view = _table("queue", "visible", "in flight", "delayed", "oldest s", "received", "returned", "dead")
    looked = {state.name: state.oldest_s for state in states}
    for name, now in stats["now"]["queues"].items():
        queue = stats["queues"].get(name, {})
        # A queue that a function reads: the journal knows. Another: a look at it, which costs no message a life.
        oldest = stats["now"]["oldest_s"].get(name, looked.get(name))
        depth = [str(now[state]) for state in ("visible", "in_flight", "delayed")]
        steps = [str(queue[step]) if queue else "" for step in STEPS]
        view.add_row(shown(name), *depth, "" if oldest is None else f"{oldest:.0f}", *steps)
    return view


def _table(first: str, *headings: str) -> Table:
    view = Table(box=box.SIMPLE, header_style="bold", padding=(0, 1, 0, 0))
    view.add_column(first, overflow="fold")  # two names may differ at their ends only
    for heading in headings:
        view.add_column(heading, justify="right", no_wrap=True)
    return view
