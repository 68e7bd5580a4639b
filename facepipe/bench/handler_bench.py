"""`facepipe bench handlers`: the processor time of both functions' handlers, by stage.

With another checkout to compare with, the processes of the two take turns: what else the machine does meets both.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from facepipe.bench.handler_calls import HandlerTimes, call_with_photos
from facepipe.bench.handler_process import DETECTION, Handled
from facepipe.bench.handler_stages import STAGES, beyond_nets
from facepipe.bench.machine import describe
from facepipe.client.photos import Frame
from facepipe.paths import Paths

HERE, OTHER = "this checkout", "the other"


@dataclass(frozen=True, slots=True)
class HandlersBenchOptions:
    """What to measure."""

    photos: Sequence[Frame]
    rounds: int  #: processes of each function
    repeats: int  #: calls with each photo in a process
    beside: Path | None  #: another checkout, with its models in var/
    output: Path


def bench_handlers(paths: Paths, options: HandlersBenchOptions, console: Console) -> int:
    """Measure, print and write the figures; return the exit code."""
    machine = describe(paths.root)
    versions = {HERE: paths}
    if options.beside:
        versions[OTHER] = Paths(options.beside.resolve(), options.beside.resolve() / "var")
    calls: dict[str, dict[str, list[Handled]]] = {version: defaultdict(list) for version in versions}
    for _ in range(options.rounds):
        for version, where in versions.items():
            for function, found in call_with_photos(where, options.photos, options.repeats, by_stage=True).items():
                calls[version][function] += found
    times = {
        function: {version: HandlerTimes.of(calls[version][function], len(options.photos)) for version in versions}
        for function in STAGES
    }
    for function, of_versions in times.items():
        console.print(_table(function, of_versions))
    console.print(
        f"processor time of one photo in ms: medians of {len(calls[HERE][DETECTION.name])} calls in {options.rounds}"
        f" processes of one thread each; load of the machine before: {machine['load_before']}",
        highlight=False,
    )
    result = {name: {version: asdict(one) for version, one in of.items()} for name, of in times.items()}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps({"machine": machine, **result}, indent=2) + "\n", encoding="utf-8")
    console.print(f"result: {options.output}", highlight=False, soft_wrap=True)
    return 0


def _table(function: str, times: Mapping[str, HandlerTimes]) -> Table:
    """Return a function's stages, a column for each version."""
    table = Table(function, *times, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    rows = {stage: [one.stages_ms.get(stage, 0.0) for one in times.values()] for stage in _stages(times)}
    sums = {
        "beyond the nets": [beyond_nets(one.stages_ms) for one in times.values()],
        "all": [one.total_ms for one in times.values()],
    }
    for part in (rows, sums):
        for name, milliseconds in part.items():
            texts = [f"{used:.2f}" for used in milliseconds]
            table.add_row(name, *texts)
        table.add_section()
    return table


def _stages(times: Mapping[str, HandlerTimes]) -> list[str]:
    """Return all versions' stages in the order of the first."""
    return list(dict.fromkeys(stage for one in times.values() for stage in one.stages_ms))
