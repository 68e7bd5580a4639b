"""`facepipe bench soak`: a long run below saturation; throughput, latency, memory and descriptors stay as they were."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from facepipe.bench.figures import figures
from facepipe.bench.held_resources import HeldByContainers, HeldByProcesses, HeldReader
from facepipe.bench.machine import describe
from facepipe.bench.pipeline_bench import (
    BenchError,
    MeasuredPipeline,
    PipelineBenchOptions,
    measured_pipeline,
    require_matplotlib,
)
from facepipe.bench.pipeline_load import Load, PipelineRun, measure
from facepipe.bench.soak_figures import Sample, compare, windows
from facepipe.bench.soak_report import Soaked, show_soak, write_soak
from facepipe.paths import Paths

FIRST_LOAD = Load(requests=150, in_flight=8, warm_up=20)  #: finds what the pipeline can do at most
SHARE = 0.8  #: of that
WINDOWS, LEAST_WINDOW_S = 60, 5.0  #: of a run at most
SAMPLES = 180  #: of a run at most


@dataclass(frozen=True, slots=True)
class SoakOptions:
    """What to run."""

    pipeline: PipelineBenchOptions
    seconds: float
    rate_per_s: float = 0.0  #: 0: 80 % of what a first, short run reaches


@dataclass(slots=True)
class _Sampler:
    """Reads what the pipeline holds, in a thread of its own, until the block ends."""

    reader: HeldReader
    interval_s: float
    samples: list[Sample] = field(default_factory=list)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        stop, began = threading.Event(), time.monotonic()

        def read() -> None:
            while not stop.wait(self.interval_s):
                self.samples.append(Sample(time.monotonic() - began, self.reader.read()))

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def run_soak(paths: Paths, order: SoakOptions, console: Console) -> int:
    """Measure, print and write; return 1 when a photo failed or a figure did not stay."""
    require_matplotlib()
    machine = describe(paths.root)
    with measured_pipeline(paths, order.pipeline) as pipeline:
        reader = _reader(pipeline)
        rate = order.rate_per_s or _saturation(order, pipeline, console) * SHARE
        load = Load(requests=int(rate * order.seconds), rate_per_s=rate)
        sampler = _Sampler(reader, max(1.0, order.seconds / SAMPLES))
        with sampler.running():
            run = _run(load, order, pipeline, console)
    window_s = max(LEAST_WINDOW_S, order.seconds / WINDOWS)
    found = windows(run.rows, started_ms=run.started * 1000, seconds=order.seconds, window_s=window_s)
    samples = sampler.samples
    soaked = Soaked(
        order.pipeline.label, order.seconds, load, figures(run.rows), found, samples, compare(found, samples)
    )
    show_soak(soaked, console)
    write_soak(soaked, machine, order.pipeline.output, console)
    return 0 if soaked.is_flat else 1


def _reader(pipeline: MeasuredPipeline) -> HeldReader:
    """Return who can read what the pipeline holds: of its processes, or of Compose's containers."""
    if pipeline.emulator_pid:
        return HeldByProcesses(pipeline.emulator_pid)
    try:
        import docker  # noqa: PLC0415  # only where a pipeline runs in containers
        from docker.errors import DockerException  # noqa: PLC0415
    except ImportError as error:
        raise BenchError("soak --running reads memory from Docker: pip install docker") from error
    try:
        reader = HeldByContainers(docker.from_env())
        if reader.read():
            return reader
    except DockerException as error:
        raise BenchError(f"soak --running reads memory from Docker, which does not answer: {error}") from error
    raise BenchError(
        "no container of Compose's project facepipe runs: `docker compose up --wait`, or leave out --running"
    )


def _saturation(order: SoakOptions, pipeline: MeasuredPipeline, console: Console) -> float:
    with console.status("how much the pipeline can do at most ..."):
        run = measure(FIRST_LOAD, order.pipeline.photos, pipeline.endpoints, lambda _: None)
    found = figures(run.rows)
    if found.completed < found.requests:
        problem = next((row.problem for row in run.rows if row.problem), "no result")
        raise BenchError(f"{found.failed} of the first {found.requests} photos failed: {problem}")
    console.print(f"{FIRST_LOAD.text}: {found.throughput_per_s:g} photos a second", highlight=False)
    return found.throughput_per_s


def _run(load: Load, order: SoakOptions, pipeline: MeasuredPipeline, console: Console) -> PipelineRun:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, refresh_per_second=1) as progress:
        task = progress.add_task(f"{load.rate_per_s:.1f} photos a second", total=load.warm_up + load.requests)
        return measure(load, order.pipeline.photos, pipeline.endpoints, lambda _: progress.advance(task))
