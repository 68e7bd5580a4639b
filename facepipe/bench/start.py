"""`facepipe bench start`: how long a user waits for the first result, and what a function's cold start costs."""

import itertools
import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console

from emulator.free_ports import free_ports
from emulator.settings import RIE
from facepipe.bench.cold_start import ColdStart, measure_cold_starts, measure_imports
from facepipe.bench.compose_start import ComposeStarted, start_compose
from facepipe.bench.handler_process import DETECTION, RECOGNITION
from facepipe.bench.machine import describe
from facepipe.bench.start_marks import RESULT
from facepipe.bench.start_tables import MeasuredStarts, show, slower_ms
from facepipe.bench.started_up import Started, start_up
from facepipe.client.photos import Frame
from facepipe.elasticmq import elasticmq
from facepipe.paths import Paths
from facepipe.present_models import prepare_rie

RESULT_MS, SLOWER_MS = 1_500, 400  #: targets: the first result after the start; the first photo beside the next ones
HERE, OTHER = "this checkout", "the other"


@dataclass(frozen=True, slots=True)
class StartBenchOptions:
    """What to measure."""

    photos: Sequence[Frame]  #: the first one, and the next ones
    engines: Sequence[str]
    rounds: int
    elasticmq: bool = False  #: with ElasticMQ as well, beside the emulator's own queues
    compose: bool = False
    beside: Path | None = None  #: another checkout, with its models in var/
    output: Path | None = None


def bench_start(paths: Paths, options: StartBenchOptions, console: Console) -> int:
    """Measure, print and write the figures; return 1 if a target is missed in this checkout."""
    machine = describe(paths.root)
    checkouts = {HERE: paths}
    if options.beside:
        other = options.beside.resolve()
        checkouts[OTHER] = Paths(other, other / "var")
    measured = MeasuredStarts(
        cold=_cold_starts(checkouts, options),
        imports={function.name: measure_imports(paths, function) for function in (DETECTION, RECOGNITION)},
        starts=_starts(checkouts, options),
        in_compose=_compose_starts(paths, options),
    )
    show(measured, console)
    console.print(f"load of the machine before: {machine['load_before']}", highlight=False)
    if options.output:
        result = {"machine": machine, **asdict(measured)}
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        console.print(f"result: {options.output}", highlight=False, soft_wrap=True)
    ours = [runs for name, runs in measured.starts.items() if not name.startswith(OTHER)]
    return 0 if all(in_time(runs) for runs in ours) else 1


def in_time(starts: Sequence[Started]) -> bool:
    """Return whether the medians of several starts are within the targets."""
    result = median(one.marks[RESULT] for one in starts)
    return result <= RESULT_MS and median(slower_ms(one) for one in starts) <= SLOWER_MS


def _cold_starts(checkouts: Mapping[str, Paths], options: StartBenchOptions) -> dict[str, list[ColdStart]]:
    """Measure each function, the checkouts in turn."""
    found: dict[str, list[ColdStart]] = {}
    for _ in range(options.rounds):
        for name, paths in checkouts.items():
            for function, start in measure_cold_starts(paths, options.photos).items():
                found.setdefault(f"{function}, {name}", []).append(start)
    return found


def _starts(checkouts: Mapping[str, Paths], options: StartBenchOptions) -> dict[str, list[Started]]:
    """Measure each engine and queue server, the checkouts in turn."""
    found: dict[str, list[Started]] = {}
    if RIE in options.engines:  # so that no start pays for the download
        for paths in checkouts.values():
            prepare_rie(paths, print)
    with elasticmq(free_ports().sqs) if options.elasticmq else nullcontext("") as endpoint:
        servers = {"": "", ", ElasticMQ": endpoint} if endpoint else {"": ""}
        for _ in range(options.rounds):
            for engine, server in itertools.product(options.engines, servers):
                for name, paths in checkouts.items():
                    start = start_up(paths, options.photos, engine=engine, sqs_endpoint=servers[server])
                    found.setdefault(f"{name}, {engine}{server}", []).append(start)
    return found


def _compose_starts(paths: Paths, options: StartBenchOptions) -> dict[str, list[ComposeStarted]]:
    found: dict[str, list[ComposeStarted]] = {}
    for _ in range(options.rounds if options.compose else 0):
        for engine in options.engines:
            found.setdefault(engine, []).append(start_compose(paths, options.photos, engine=engine))
    return found
