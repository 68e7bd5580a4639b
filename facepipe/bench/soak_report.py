"""What a long run showed: as a table, as JSON, and as a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from facepipe.bench import report
from facepipe.bench.figures import Figures
from facepipe.bench.pipeline_load import Load
from facepipe.bench.soak_figures import FirstAndLast, Sample, Window


@dataclass(frozen=True, slots=True)
class Soaked:
    """One long run."""

    label: str
    seconds: float
    load: Load
    figures: Figures
    windows: Sequence[Window]
    samples: Sequence[Sample]
    compared: Sequence[FirstAndLast]

    @property
    def is_flat(self) -> bool:
        """Whether every photo got its result, and no figure changed from the first third to the last."""
        return self.figures.completed == self.figures.requests and all(one.stayed for one in self.compared)

    @property
    def title(self) -> str:
        """Say what was run and what became of the photos."""
        ran = f"{self.load.rate_per_s:.1f} photos a second for {self.seconds / 60:g} minutes"
        counts = f"{self.figures.completed}/{self.figures.requests} completed, {self.figures.failed} failed"
        return f"{self.label or 'soak'}: {ran}\n{counts}, {self.figures.duplicates} duplicates"

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON has it."""
        samples = [
            {"second": round(sample.second, 1), "held": {part: asdict(held) for part, held in sample.held.items()}}
            for sample in self.samples
        ]
        return {
            "bench": "soak",
            "label": self.label,
            "load": asdict(self.load),
            "figures": self.figures.to_json(),
            "windows": [asdict(window) for window in self.windows],
            "samples": samples,
            "compared": [asdict(one) for one in self.compared],
        }


def show_soak(soaked: Soaked, console: Console) -> None:
    """Print the first and the last third side by side."""
    console.print(soaked.title, highlight=False, markup=False)
    view = Table("", "first third", "last third", "", box=box.SIMPLE, padding=(0, 1, 0, 0))
    for one in soaked.compared:
        verdict = "as it was" if one.stayed else "[red]changed[/red]"
        view.add_row(f"{one.name}{one.unit and f', {one.unit}'}", f"{one.first:.4g}", f"{one.last:.4g}", verdict)
    console.print(view)


def write_soak(soaked: Soaked, machine: Mapping[str, object], output: Path, console: Console) -> None:
    """Write the JSON and the picture beside it."""
    content, picture = (Path(f"{output}{suffix}") for suffix in (".json", ".png"))
    report.write({**soaked.to_json(), "machine": machine}, content)

    from facepipe.bench.soak_picture import draw_soak  # noqa: PLC0415  # matplotlib takes long to import

    draw_soak(soaked.windows, soaked.samples, soaked.title, picture)
    console.print(f"{content} and {picture}", highlight=False, soft_wrap=True)
