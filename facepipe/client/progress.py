"""Sending and collecting as a person sees it: rows and results as they come, also until Ctrl-C."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from facepipe.client.api import collector_of
from facepipe.client.collecting import Collecting
from facepipe.client.endpoints import Endpoints, check_url, sqs_client
from facepipe.client.fates import fates_of
from facepipe.client.interrupts import interruptible
from facepipe.client.photo_rows import Row, SendOptions
from facepipe.client.photos import Frame
from facepipe.client.queues import QueueState
from facepipe.client.result_view import ResultView
from facepipe.client.row_view import RowView, TerminalRows
from facepipe.client.send import Sending
from facepipe.client.stats_view import NARROW
from facepipe.client.terminal_text import shown


def send_and_show(
    frames: Iterable[Frame], plan: SendOptions, endpoints: Endpoints, view: RowView, *, stoppable: bool = False
) -> list[Row]:
    """Send frames, show each row when it is settled and the figures at the end, and return the rows.

    If it is stoppable, Ctrl-C ends it early: what has come is shown, and then `KeyboardInterrupt` is raised.
    """
    check_url(plan.url)
    total = len(frames) if isinstance(frames, Sized) else None
    with collector_of(endpoints) as collector, _bar(view, total) as advance:

        def tell(row: Row) -> None:
            advance()
            view.row(row)

        fates = fates_of(endpoints, sqs_client(endpoints))
        sending = Sending(plan, collector, tell, fates=fates, notice=view.notice)
        try:
            came = _until_stopped(sending.stop, lambda: sending.run(frames), stoppable=stoppable)
        except Exception:  # what has come is worth showing, whatever has ended the run
            if any(row.settled or row.accepted for row in sending.rows):
                view.end(sending.rows, collector.leftovers)
            raise
    view.end(sending.rows, collector.leftovers)
    if came:
        raise KeyboardInterrupt
    return sending.rows


@contextlib.contextmanager
def _bar(view: RowView, total: int | None) -> Iterator[Callable[[], None]]:
    """Show below the rows of a terminal how many photos are settled."""
    if not isinstance(view, TerminalRows) or not view.console.is_terminal:
        yield lambda: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=view.console, transient=True) as progress:
        task = progress.add_task("sending", total=total)
        yield lambda: progress.advance(task)


def show_queues(states: Sequence[QueueState], console: Console) -> None:
    """Print one line a queue."""
    view = Table(box=box.SIMPLE, header_style="bold", padding=(0, 1) if console.width >= NARROW else 0)
    view.add_column("queue", overflow="fold")
    for heading in ("visible", "in flight", "delayed", "oldest s"):
        view.add_column(heading, justify="right")
    view.add_column("dead letters of", overflow="fold")
    for state in states:
        oldest = "" if state.oldest_s is None else f"{state.oldest_s:.0f}"
        numbers = (str(state.visible), str(state.in_flight), str(state.delayed), oldest)
        view.add_row(shown(state.name), *numbers, shown(", ".join(state.dead_letters_of)))
    console.print(view)


def collect_and_show(
    request_ids: Sequence[str], timeout_s: float, endpoints: Endpoints, view: ResultView, *, stoppable: bool = False
) -> set[str]:
    """Show results as they come, until all are there, cannot come, or the time is over; return the ids without one.

    If it is stoppable, Ctrl-C ends it early: what is missing is shown, and then `KeyboardInterrupt` is raised.
    """
    fates = fates_of(endpoints, sqs_client(endpoints))
    collecting = Collecting(request_ids, timeout_s, fates, view)
    with collector_of(endpoints) as collector:
        came = _until_stopped(collecting.stop, lambda: collecting.run(collector), stoppable=stoppable)
    for request_id, problem in sorted(collecting.missing.items()):
        view.missing(request_id, problem)
    if came and collecting.missing:
        view.notice(f"stopped; collect the rest: facepipe collect {' '.join(sorted(collecting.missing))}{view.again}")
    if not (request_ids or collecting.came or came):
        view.notice(
            f"no result came within {timeout_s:g} s, and none lies in the queue; facepipe trace lists the requests"
        )
    if collector.leftovers:
        view.notice(collector.leftovers)
    if came:
        raise KeyboardInterrupt
    return set(collecting.missing)


def _until_stopped(stop: Callable[[], None], run: Callable[[], object], *, stoppable: bool) -> bool:
    """Run to the end, or until somebody stops it; return whether somebody did."""
    if not stoppable:
        run()
        return False
    with interruptible(stop) as interruption, contextlib.suppress(KeyboardInterrupt):
        run()
    return interruption.came
