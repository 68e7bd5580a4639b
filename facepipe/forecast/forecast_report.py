"""A forecast as a person reads it, in 80 columns."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from facepipe.bench.prices import AS_OF, REGION
from facepipe.client.terminal_text import shown
from facepipe.forecast.aws_assumptions import AwsAssumptions
from facepipe.forecast.forecast_figures import ForecastFigures
from facepipe.forecast.quantities import span_text

MONTH_DAYS = 30
DAY_S = 86_400


def show_forecast(figures: ForecastFigures, console: Console) -> None:
    """Print whether the load is handled and the first limit; then times, functions and costs."""
    _print(console, _outcome(figures), "bold")
    _show_limits(figures, console)
    console.print(_over_time(figures))
    console.print(_functions(figures))
    for name, queue in figures.queues.items():
        wait = span_text(queue["longest_wait_s"])
        counts = f"{queue['sent']:,} messages, at most {queue['most_visible']:,} waiting, the longest {wait}"
        _print(console, f"{name}: {counts}; {queue['returned']:,} came back, {queue['dead']:,} dead letters")
    console.print(_costs(figures))


def show_conditions(source: str, assumptions: AwsAssumptions, console: Console) -> None:
    """Print where times come from, and what is assumed."""
    _print(console, f"Times of calls: {source}.", "dim")
    _print(console, f"Assumed, not measured: {assumptions.text()}.", "dim")
    _print(console, "docs/forecast.md says what is simulated and how good it is.", "dim")


def show_comparison(compared: Sequence[tuple[int, ForecastFigures]], console: Console) -> None:
    """Print one row for each amount of memory."""
    view = _table("memory", "p50 ms", "p95 ms", "p99 ms", "failed", "$ a million", "first limit")
    for memory_mb, figures in compared:
        times = [_ms(figures.latency_ms, rank) for rank in ("p50", "p95", "p99")]
        limit = figures.limits[0].limit if figures.limits else "none"
        lost = f"{figures.failed + figures.unfinished:,}"
        view.add_row(f"{memory_mb:,} MB", *times, lost, f"{figures.dollars_per_million:,.2f}", limit)
    view.columns[-1].justify = "left"
    view.columns[-1].no_wrap = False
    console.print(view)


def _outcome(figures: ForecastFigures) -> str:
    text = f"{figures.load}: {figures.done:,} of {figures.photos:,} photos done, {figures.failed:,} failed"
    if figures.unfinished:
        text += f", {figures.unfinished:,} unfinished"
    text += f"; p50 {_ms(figures.latency_ms, 'p50')}, p95 {_ms(figures.latency_ms, 'p95')} ms from POST to the end"
    if figures.drained_s >= 1:
        text += f"; the last one ended {span_text(figures.drained_s)} after the load"
    return f"{text}."


def _show_limits(figures: ForecastFigures, console: Console) -> None:
    if not figures.limits:
        _print(console, "No limit is reached.", "green")
        return
    for position, one in enumerate(figures.limits):
        what = "First limit" if not position else "Then"
        when = f"after {span_text(one.first_s)}" if one.first_s >= 1 else "at once"
        _print(console, f"{what}: {one.limit} ({one.name}), {when}, for {span_text(one.seconds)} in all", "yellow")
        _print(console, f"  → {one.cure}")


def _over_time(figures: ForecastFigures) -> Table:
    view = _table("from", "photos/s", "p50 ms", "p95", "p99", "backlog", "calls", "cold", "429", "dead")
    length = figures.span_s / len(figures.stretches)
    for one in figures.stretches:
        times = [_ms(one.latency_ms, rank) for rank in ("p50", "p95", "p99")]
        counts = [f"{count:,}" for count in (one.backlog, one.at_once, one.cold_starts, one.throttles, one.dead)]
        view.add_row(span_text(one.start_s), f"{one.photos / length:,.1f}", *times, *counts)
    return view


def _functions(figures: ForecastFigures) -> Table:
    view = _table("function", "calls", "cold", "errors", "timeouts", "429", "at once", "needs")
    for name, counts in figures.functions.items():
        columns = ("calls", "cold_starts", "errors", "timeouts", "throttles", "most_at_once")
        cells = [f"{counts[column]:,}" for column in columns]
        view.add_row(shown(name), *cells, f"{figures.needed[name]:,}")
    return view


def _costs(figures: ForecastFigures) -> Table:
    view = _table(f"cost ({REGION}, {AS_OF}, list prices)", "amount", "$", "$ a million")
    each = 1_000_000 / figures.photos if figures.photos else 0.0
    for part in figures.costs:
        view.add_row(shown(part.name), part.amount, f"{part.dollars:,.4f}", f"{part.dollars * each:,.2f}")
    view.add_row("all", "", f"{figures.dollars:,.4f}", f"{figures.dollars_per_million:,.2f}", style="bold")
    if figures.span_s >= DAY_S:
        month = figures.dollars / figures.span_s * DAY_S * MONTH_DAYS
        view.add_row(f"{MONTH_DAYS} such days", "", f"{month:,.2f}", "", style="bold")
    return view


def _ms(times: object, rank: str) -> str:
    return f"{times[rank]:,.0f}" if isinstance(times, dict) and times else "–"


def _print(console: Console, text: str, style: str = "") -> None:
    console.print(shown(text, style), highlight=False)


def _table(first: str, *headings: str) -> Table:
    view = Table(box=box.SIMPLE_HEAD, header_style="bold", padding=(0, 1, 0, 0), show_edge=False)
    view.title = None
    view.add_column(first, overflow="fold")
    for heading in headings:
        view.add_column(heading, justify="right", no_wrap=True)
    return view
