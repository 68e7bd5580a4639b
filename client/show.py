"""Sending and collecting as a person sees it: a progress bar, then a line a photo."""

import time
from collections.abc import Iterable, Sequence, Sized

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from client.api import Teller
from client.collect import Collector
from client.endpoints import Endpoints, check_url, queue_url, sqs_client
from client.photos import Frame
from client.queues import QueueState
from client.report import distances, summary, table
from client.send import Plan, Row, Sending


def send_and_show(frames: Iterable[Frame], plan: Plan, endpoints: Endpoints, console: Console) -> list[Row]:
    """Send frames with a progress bar, print the table and the figures, and return the rows."""
    check_url(plan.url)
    sqs = sqs_client(endpoints)
    url = queue_url(sqs, endpoints.response_queue)
    collector = Collector(sqs, url, Teller(endpoints.api, url))
    total = len(frames) if isinstance(frames, Sized) else None
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("sending", total=total)

        def tell(row: Row) -> None:
            progress.advance(task)
            if row.note:
                console.print(f"{row.name}: {row.note}", highlight=False)

        rows = Sending(plan, collector, tell).run(frames)
    console.print(table(rows))
    console.print(summary(rows), highlight=False)
    return rows


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
        view.add_row(state.name, *numbers, ", ".join(state.dead_letters_of))
    console.print(view)


def collect_and_show(request_ids: Sequence[str], timeout_s: float, endpoints: Endpoints, console: Console) -> set[str]:
    """Print results as they come, until all are there or the time is over; return the request ids without one."""
    sqs = sqs_client(endpoints)
    url = queue_url(sqs, endpoints.response_queue)
    collector = Collector(sqs, url, Teller(endpoints.api, url))
    missing = set(request_ids)
    end = time.monotonic() + timeout_s
    while (missing or not request_ids) and time.monotonic() < end:
        for answer in collector.poll(dict.fromkeys(missing) if request_ids else None, wait_s=1):
            console.print(f"{answer.request_id}  {answer.result}  {distances(answer)}", highlight=False, soft_wrap=True)
            missing.discard(answer.request_id)
    for request_id in sorted(missing):
        console.print(f"{request_id}  [red]no result within {timeout_s:g} s[/red]", highlight=False)
    return missing
