"""The tables that `facepipe bench models` ends with."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from facepipe.bench.comparison import PARITY_BOUNDS, Figure, Parity


def show(found: Sequence[Figure], parities: Mapping[str, Parity], console: Console) -> None:
    """Print the figures, a table for each way of running, and the parity."""
    for threads, cpus in dict.fromkeys((figure.threads, figure.cpus) for figure in found):
        limit = "" if cpus is None else f", quota of {cpus:g} CPU"
        title = f"{threads} {'thread' if threads == 1 else 'threads'}{limit}"
        table = Table(
            "",
            "",
            "facepipe",
            "facenet-pytorch",
            "ratio",
            "of processor time",
            "target",
            title=title,
            title_justify="left",
        )
        for column in table.columns[2:]:
            column.justify = "right"
        for figure in found:
            if (figure.threads, figure.cpus) == (threads, cpus):
                table.add_row(figure.part, figure.quantity, *_values(figure))
        console.print(table)
    for part, parity in parities.items():
        console.print(_sentence(part, parity), highlight=False, soft_wrap=True)


def _values(figure: Figure) -> tuple[str, str, str, str, str]:
    marks = {None: "", True: f"[green]≥ {figure.target} ✓[/green]", False: f"[red]≥ {figure.target} ✗[/red]"}
    ours, original = (f"{value:,.{1 if value < 100 else 0}f} {figure.unit}" for value in (figure.ours, figure.original))
    processor = "" if figure.processor_ratio is None else f"{figure.processor_ratio:.2f}×"
    return ours, original, f"{figure.ratio:.2f}×", processor, marks[figure.met]


def _sentence(part: str, parity: Parity) -> str:
    worst = ", ".join(f"{kind} {value:.2g} (bound {PARITY_BOUNDS[kind]:g})" for kind, value in parity.worst.items())
    word = "[green]held[/green]" if parity.held else "[red]NOT held[/red]"
    others = f"; another number of faces on {', '.join(parity.mismatches)}" if parity.mismatches else ""
    return (
        f"parity of {part}: {word} on {parity.inputs} images with {parity.faces} faces;"
        f" largest differences: {worst}{others}"
    )
