"""The tables of `facepipe bench start`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import median

from rich.console import Console
from rich.table import Table

from facepipe.bench.cold_start import ColdStart
from facepipe.bench.compose_start import ComposeStarted
from facepipe.bench.import_times import PackageImports
from facepipe.bench.start_marks import MEANINGS, RESULT, in_order
from facepipe.bench.started_up import Started

PACKAGES = 12  #: rows of an import table


@dataclass(frozen=True, slots=True)
class MeasuredStarts:
    """All that was measured; keys are the headings of columns or rows."""

    cold: Mapping[str, Sequence[ColdStart]]
    imports: Mapping[str, Sequence[PackageImports]]
    starts: Mapping[str, Sequence[Started]]
    in_compose: Mapping[str, Sequence[ComposeStarted]]


def slower_ms(start: Started | ComposeStarted) -> float:
    """Return how much longer the first photo took than the median of the next ones."""
    return start.first_ms - median(start.next_ms)


def show(measured: MeasuredStarts, console: Console) -> None:
    """Print all tables."""
    console.print(_cold_table(measured.cold))
    for function, packages in measured.imports.items():
        console.print(_import_table(function, packages))
    console.print(_start_table(measured.starts))
    for name, mark in MEANINGS.items():
        console.print(f"  {name}: {mark}", highlight=False)
    if measured.in_compose:
        console.print(_compose_table(measured.in_compose))


def _cold_table(cold: Mapping[str, Sequence[ColdStart]]) -> Table:
    names = [field.name for field in fields(ColdStart)]
    headings = [name.removesuffix("_ms").replace("_", " ") for name in names]
    table = Table("ms, medians", *headings, title="Cold start of a function, on one processor")
    for name, runs in cold.items():
        medians = [f"{median(getattr(run, figure) for run in runs):.0f}" for figure in names]
        table.add_row(name, *medians)
    return table


def _import_table(function: str, packages: Sequence[PackageImports]) -> Table:
    table = Table("package", "modules", "ms", title=f"Imports of {function}, by -X importtime")
    for one in packages[:PACKAGES]:
        table.add_row(one.package, str(one.modules), f"{one.own_ms:.1f}")
    rest = packages[PACKAGES:]
    table.add_row("others", str(sum(one.modules for one in rest)), f"{sum(one.own_ms for one in rest):.1f}")
    return table


def _start_table(starts: Mapping[str, Sequence[Started]]) -> Table:
    table = Table("ms, medians", *starts, title="From scripts/up to the first result")
    marks = {name: in_order([run.marks for run in runs]) for name, runs in starts.items()}
    for mark in next(iter(marks.values()), {}):
        table.add_row(mark, *_cells(found.get(mark) for found in marks.values()))
    table.add_row("first photo", *_cells(median(run.first_ms for run in runs) for runs in starts.values()))
    table.add_row("next photos", *_cells(median(median(run.next_ms) for run in runs) for runs in starts.values()))
    table.add_row("the first is slower by", *_cells(median(map(slower_ms, runs)) for runs in starts.values()))
    table.add_row("processor time", *_cells(median(run.processor_ms for run in runs) for runs in starts.values()))
    return table


def _compose_table(starts: Mapping[str, Sequence[ComposeStarted]]) -> Table:
    table = Table("ms, medians", *starts, title="After docker compose up --wait")
    table.add_row("up --wait itself", *_cells(median(run.up_ms for run in runs) for runs in starts.values()))
    table.add_row(RESULT, *_cells(median(run.marks[RESULT] for run in runs) for runs in starts.values()))
    table.add_row("next photos", *_cells(median(median(run.next_ms) for run in runs) for runs in starts.values()))
    table.add_row("the first is slower by", *_cells(median(map(slower_ms, runs)) for runs in starts.values()))
    return table


def _cells(values: Iterable[float | None]) -> list[str]:
    return ["" if value is None else f"{value:.0f}" for value in values]
