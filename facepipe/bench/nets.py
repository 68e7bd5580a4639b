"""`facepipe bench models`: our nets beside facenet-pytorch's in eager torch and other engines, in the same run.

Every cell is a process of its own, and the engines take turns: what else the machine does meets both.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from facepipe.bench import frames, net_tables
from facepipe.bench.cell import COMPARED, DETECTION, EMBEDDING, ORIGINAL, OTHERS, OURS, Cell, Measured
from facepipe.bench.comparison import CellRun, Parity, detection_parity, embedding_parity, figures
from facepipe.bench.environments import ENVIRONMENTS, EnvironmentMissingError, prepare_environment
from facepipe.bench.machine import describe
from facepipe.bench.oracles.oracle_files import write_oracles
from facepipe.bench.quota import QuotaError, limited
from facepipe.built_models import prepare
from facepipe.paths import Paths
from services.nets.building.fetch import Say

PARTS = (DETECTION, EMBEDDING)
CELL_TIMEOUT_S = 1800
ORACLES = "oracles"  #: in var/: the files of all engines but ours


class CellError(RuntimeError):
    """A cell did not run to its end; the message has its last words."""


@dataclass(frozen=True, slots=True)
class NetsBenchOptions:
    """What may be chosen of a run."""

    rounds: int = 3  #: processes of each cell
    repeats: int = 5  #: of each input in a process
    threads: tuple[int, ...] = (1, 2)
    shares: tuple[float, ...] = (0.5, 1.0)  #: of a CPU, with one thread, one process each
    engines: tuple[str, ...] = OTHERS  #: beside ours and the original
    photos: Path | None = None  #: a folder of photos for parity, beside the composed frames
    output: Path | None = None  #: JSON


@dataclass(frozen=True, slots=True)
class _Bench:
    """Where everything is during a run."""

    paths: Paths
    pythons: dict[str, Path]  #: the interpreter of each engine, in the order in which they take turns
    inputs: dict[str, Path]
    options: NetsBenchOptions
    problems: list[str] = field(default_factory=list)

    def models(self, engine: str) -> str:
        """Return the folder with an engine's files."""
        return str(self.paths.models if engine == OURS else self.paths.var / ORACLES)


def bench_models(paths: Paths, options: NetsBenchOptions, console: Console) -> int:
    """Measure, show a table and write a JSON file; return 1 where parity is not held, else 0."""

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False)

    if options.photos and not options.photos.is_dir():
        raise CellError(f"{options.photos} is no folder: name one with photos, for parity")
    prepare(paths, say, keep_downloads=True)  # the oracles read the weights as well
    manifest = json.loads((paths.models / "manifest.json").read_text(encoding="utf-8"))
    write_oracles(paths.var / ORACLES, paths, say)
    pythons, problems = _interpreters(paths, options, say)
    with tempfile.TemporaryDirectory(prefix="facepipe-bench-") as folder:
        inputs = {
            DETECTION: frames.save(Path(folder, "frames.npz"), frames.frames(paths.samples)),
            EMBEDDING: frames.save(Path(folder, "batches.npz"), frames.batches(paths.samples)),
        }
        bench = _Bench(paths, pythons, inputs, options, problems)
        runs = list(_measure(bench, console))
        parities = _parity(bench, Path(folder), console)
    return _report(bench, manifest["model_id"], (runs, parities), console)


def _interpreters(paths: Paths, options: NetsBenchOptions, say: Say) -> tuple[dict[str, Path], list[str]]:
    """Make the engines' environments; return their interpreters, and why there are none for some."""
    if unknown := set(options.engines) - set(OTHERS):
        raise CellError(f"--engines names {unknown.pop()}: choose among {', '.join(OTHERS)}")
    pythons, problems = {OURS: Path(sys.executable), ORIGINAL: prepare_environment(ORIGINAL, paths, say)}, []
    for engine in options.engines:
        try:
            pythons[engine] = prepare_environment(engine, paths, say)
        except EnvironmentMissingError as error:
            problems.append(str(error))
    return pythons, problems


def _report(bench: _Bench, model: str, results: tuple[list[CellRun], dict[str, Parity]], console: Console) -> int:
    """Show the results and write all of them down; return the exit code."""
    runs, parities = results
    found = figures(runs)
    net_tables.show(found, parities, console)
    for problem in bench.problems:
        console.print(f"not measured: {problem}", style="yellow", markup=False, highlight=False)
    output = bench.options.output or bench.paths.var / "bench" / "models.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "machine": describe(bench.paths.root),
        "engines": {engine: ENVIRONMENTS[engine].steps for engine in bench.pythons if engine != OURS},
        "models": model,
        "figures": [{**asdict(figure), "ratio": figure.ratio, "met": figure.met} for figure in found],
        "parity": {part: {**asdict(parity), "held": parity.held} for part, parity in parities.items()},
        "not measured": bench.problems,
        "runs": [asdict(run) for run in runs],
    }
    output.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    console.print(f"all figures: {output}", highlight=False, soft_wrap=True)
    return 0 if all(parity.held for parity in parities.values()) else 1


def _measure(bench: _Bench, console: Console) -> Iterator[CellRun]:
    """Run every cell; engines, parts and numbers of threads take turns, so that no one has the quiet minutes."""
    options = bench.options
    cpus = len(os.sched_getaffinity(0))
    bench.problems.extend(f"{count} threads: there are {cpus} CPUs" for count in options.threads if count > cpus)
    whole: list[tuple[int, float | None]] = [(count, None) for count in options.threads if count <= cpus]
    plan = whole * options.rounds + [(1, share) for share in options.shares]
    with _progress(console) as progress:
        task = progress.add_task("measuring", total=len(plan) * len(PARTS) * len(bench.pythons))
        for threads, share in plan:
            for part in PARTS:
                for engine in bench.pythons:
                    limit = "" if share is None else f", {share:g} CPU"
                    progress.update(task, description=f"{part}, {threads} threads{limit}: {engine}")
                    try:
                        cell = Cell(
                            engine, part, threads, bench.models(engine), str(bench.inputs[part]), options.repeats
                        )
                        measured = _run(bench, cell, share)
                    except QuotaError as error:
                        if str(error) not in bench.problems:
                            bench.problems.append(str(error))
                    else:
                        yield CellRun(part, threads, share, engine, measured)
                    progress.advance(task)


def _run(bench: _Bench, cell: Cell, share: float | None = None) -> Measured:
    """Run one cell in a process of its own."""
    with limited(share) as front:
        cell = replace(cell, started_s=time.monotonic())
        command = [*front, str(bench.pythons[cell.engine]), "-P", "-m", "facepipe.bench.cell", json.dumps(asdict(cell))]
        environment = {**os.environ, "PYTHONPATH": str(bench.paths.root)}
        try:
            result = subprocess.run(
                command,
                cwd=bench.paths.root,
                env=environment,
                capture_output=True,
                text=True,
                timeout=CELL_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CellError(f"{cell.part} with {cell.engine} took longer than {CELL_TIMEOUT_S} s") from error
    if result.returncode:
        words = (result.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise CellError(f"{cell.part} with {cell.engine} ended with exit code {result.returncode}: {words}")
    return Measured(**json.loads(result.stdout.splitlines()[-1]))


def _parity(bench: _Bench, folder: Path, console: Console) -> dict[str, Parity]:
    """Let ours and the original look at every frame and photo, and compare what they find."""
    images = frames.frames(bench.paths.samples)
    if bench.options.photos:
        images |= frames.photos(bench.options.photos)
    inputs = {DETECTION: frames.save(folder / "images.npz", images)}
    results: dict[str, list[dict[str, frames.Floats]]] = {part: [] for part in PARTS}
    with _progress(console) as progress:
        task = progress.add_task("parity", total=len(PARTS) * len(COMPARED))
        for part in PARTS:
            for engine in COMPARED:
                progress.update(task, description=f"parity of {part} on {len(images)} images: {engine}")
                output = folder / f"{part}-{engine}.npz"
                _run(bench, Cell(engine, part, 1, bench.models(engine), str(inputs[part]), 0, str(output)))
                results[part].append(dict(np.load(output, allow_pickle=False)))
                progress.advance(task)
            if part == DETECTION:
                crops = frames.crops(images, {key: value for key, value in results[part][0].items() if "|0" in key})
                inputs[EMBEDDING] = frames.save(folder / "crops.npz", crops)
    return {
        DETECTION: detection_parity(*results[DETECTION]),
        EMBEDDING: embedding_parity(*results[EMBEDDING]),
    }


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)
