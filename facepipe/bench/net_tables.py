"""The tables that `facepipe bench models` ends with."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from facepipe.bench.cell import ORIGINAL, OURS
from facepipe.bench.comparison import PARITY_BOUNDS, Figure, Parity


def show(found: Sequence[Figure], parities: Mapping[str, Parity], console: Console) -> None:
    """Print the figures, a table for each way of running, and the parity."""
    for threads, cpus in dict.fromkeys((figure.threads, figure.cpus) for figure in found):
        limit = "" if cpus is None else f", quota of {cpus:g} CPU"
        title = f"{threads} {'thread' if threads == 1 else 'threads'}{limit}"
        rows = [figure for figure in found if (figure.threads, figure.cpus) == (threads, cpus)]
        others = list(dict.fromkeys(engine for figure in rows for engine in figure.others))
        table = Table("", "", OURS, ORIGINAL, "ratio", "of processor time", "target", *others)
        table.title, table.title_justify = title, "left"
        for column in table.columns[2:]:
            column.justify = "right"
        for figure in rows:
            further = [_other(figure, engine) for engine in others]
            table.add_row(figure.part, figure.quantity, *_values(figure), *further)
        console.print(table)
    for part, parity in parities.items():
        console.print(_sentence(part, parity), highlight=False, soft_wrap=True)


def _values(figure: Figure) -> tuple[str, str, str, str, str]:
    marks = {None: "", True: f"[green]≥ {figure.target} ✓[/green]", False: f"[red]≥ {figure.target} ✗[/red]"}
    ours, original = (_number(value, figure.unit) for value in (figure.ours, figure.original))
    processor = "" if figure.processor_ratio is None else f"{figure.processor_ratio:.2f}×"
    return ours, original, f"{figure.ratio:.2f}×", processor, marks[figure.met]


def _other(figure: Figure, engine: str) -> str:
    """Return a further engine's value, and how many times as fast, or as small, ours is."""
    value = figure.others.get(engine)
    return "" if value is None else f"{_number(value, figure.unit)} {value / figure.ours:.2f}×"


def _number(value: float, unit: str) -> str:
    return f"{value:,.{1 if value < 100 else 0}f} {unit}"


def _sentence(part: str, parity: Parity) -> str:
    worst = ", ".join(f"{kind} {value:.2g} (bound {PARITY_BOUNDS[kind]:g})" for kind, value in parity.worst.items())
    word = "[green]held[/green]" if parity.held else "[red]NOT held[/red]"
    others = f"; another number of faces on {', '.join(parity.mismatches)}" if parity.mismatches else ""
    return (
        f"parity of {part}: {word} on {parity.inputs} images with {parity.faces} faces;"
        f" largest differences: {worst}{others}"
    )
