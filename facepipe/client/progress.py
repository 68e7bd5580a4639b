"""Sending and collecting as a person sees it: a progress bar, then a line a photo."""

import time
from collections.abc import Iterable, Sequence, Sized

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from facepipe.client.api import collector_of
from facepipe.client.collect import Collector
from facepipe.client.endpoints import Endpoints, check_url
from facepipe.client.photos import Frame
from facepipe.client.queues import QueueState
from facepipe.client.send import Row, Sending, SendOptions
from facepipe.client.tables import distances, summary, table
from facepipe.client.terminal_text import shown


def send_and_show(frames: Iterable[Frame], plan: SendOptions, endpoints: Endpoints, console: Console) -> list[Row]:
    """Send frames with a progress bar, print the table and the figures, and return the rows."""
    check_url(plan.url)
    collector = collector_of(endpoints)
    total = len(frames) if isinstance(frames, Sized) else None
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with collector, Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("sending", total=total)

        def tell(row: Row) -> None:
            progress.advance(task)
            if row.note:
                console.print(shown(f"{row.name}: {row.note}"))

        rows = Sending(plan, collector, tell).run(frames)
    console.print(table(rows))
    console.print(summary(rows), highlight=False)
    show_leftovers(collector, console)
    return rows


def show_leftovers(collector: Collector, console: Console) -> None:
    """Say what lies in the response queue that is not ours."""
    if collector.leftovers:
        console.print(shown(collector.leftovers, "yellow"), soft_wrap=True)


def show_queues(states: Sequence[QueueState], console: Console) -> None:
    """Print one line a queue."""
    view = Table(box=box.SIMPLE, header_style="bold")
    view.add_column("queue")
    for heading in ("visible", "in flight", "delayed", "oldest s"):
        view.add_column(heading, justify="right")
    view.add_column("dead letters of")
    for state in states:
        oldest = "" if state.oldest_s is None else f"{state.oldest_s:.0f}"
        numbers = (str(state.visible), str(state.in_flight), str(state.delayed), oldest)
        view.add_row(shown(state.name), *numbers, shown(", ".join(state.dead_letters_of)))
    console.print(view)


def collect_and_show(request_ids: Sequence[str], timeout_s: float, endpoints: Endpoints, console: Console) -> set[str]:
    """Print results as they come, until all are there or the time is over; return the request ids without one."""
    missing = set(request_ids)
    end = time.monotonic() + timeout_s
    with collector_of(endpoints) as collector:
        while (missing or not request_ids) and time.monotonic() < end:
            for answer in collector.poll(dict.fromkeys(missing) if request_ids else None, wait_s=1):
                text = f"{answer.request_id}  {answer.result}  {distances(answer)}"
                console.print(shown(text), soft_wrap=True)
                missing.discard(answer.request_id)
    for request_id in sorted(missing):
        console.print(Text.assemble(shown(request_id), (f"  no result within {timeout_s:g} s", "red")))
    show_leftovers(collector, console)
    return missing
