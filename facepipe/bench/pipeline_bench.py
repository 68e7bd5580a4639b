"""One run of `facepipe bench pipeline`: a stack if need be, a progress bar, figures, JSON, picture."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from emulator.environments.environment_limits import Limits
from emulator.free_ports import free_ports
from emulator.kept_places import JournalPlace, QueuesPlace
from emulator.settings import LOCAL_ENGINE, Settings
from facepipe.bench import report
from facepipe.bench.bound import CONTAINER_SHARE, LOCAL_SHARE, Bound
from facepipe.bench.bound_run import FUNCTIONS, measure_bound
from facepipe.bench.container_times import compose_project, read_container_times
from facepipe.bench.figures import Figures, figures
from facepipe.bench.machine import describe
from facepipe.bench.pipeline_load import Load, PipelineRun, measure
from facepipe.bench.processor_times import Times, read_processor_times
from facepipe.client.endpoints import Endpoints
from facepipe.client.photos import Frame
from facepipe.forecast.call_samples import CallSamples
from facepipe.forecast.journal_samples import read_journal
from facepipe.local_pipeline import running
from facepipe.paths import Paths
from services.enrolment.gallery_place import seed


class BenchError(RuntimeError):
    """Nothing can be measured; the message names the cure."""


@dataclass(frozen=True, slots=True)
class PipelineBenchOptions:
    """What to measure."""

    load: Load
    photos: Sequence[Frame]
    endpoints: Endpoints | None  #: of a pipeline that runs; None: one is started
    environments: int  #: of each function at most, in the one that is started
    journal_off: bool
    label: str
    output: Path  #: .json and .png are put behind it
    bound: bool = False  #: measure also what this machine could do at most


@dataclass(frozen=True, slots=True)
class MeasuredPipeline:
    """The addresses of the measured pipeline, and what is known only if this process started it."""

    endpoints: Endpoints
    emulator_pid: int = 0  #: 0 if another process started it
    journal: Path | None = None
    project: str = ""  #: of compose, if its containers are to be asked for their processor times

    def processor_times(self) -> Times:
        """Return the processor time of each part so far; nothing if it is not known whose processes those are."""
        if self.project:
            return read_container_times(self.project, FUNCTIONS)
        return read_processor_times(self.emulator_pid) if self.emulator_pid else {}

    def calls(self, run: PipelineRun) -> Mapping[str, CallSamples]:
        """Return the run's calls by function; init phases also of the warm-up. Nothing without a journal."""
        if self.journal is None:
            return {}
        found, all_calls = read_journal(self.journal, since_ms=run.started * 1000), read_journal(self.journal)
        return {
            name: replace(calls, init_ms=all_calls.of(name).init_ms, processor_ms=run.processor_ms.get(name))
            for name, calls in found.functions.items()
        }


def run_pipeline(paths: Paths, order: PipelineBenchOptions, console: Console) -> int:
    """Measure, print and write; return the exit code: 1 when a photo failed."""
    require_matplotlib()
    machine = describe(paths.root)
    with measured_pipeline(paths, order) as pipeline:
        run = _measure(order, pipeline, console)
        calls, found = pipeline.calls(run), figures(run.rows)
        bound = _bound(paths, order, pipeline, run) if order.bound else None
    label = order.label or f"without Docker, up to {order.environments} environments of each function"
    console.print(f"[bold]{label}[/bold]: {order.load.text}; {run.model}", highlight=False)
    report.show(found, run, console)
    if bound:
        report.show_bound(bound, run, order.load.in_flight, console)
    picture, content = (Path(f"{order.output}{suffix}") for suffix in (".png", ".json"))
    setting: dict[str, object] = {"label": label, "machine": machine}
    setting |= {"calls": {name: one.to_json() for name, one in calls.items()}, "bound": bound and bound.to_json()}
    report.write(report.to_json(found, run, order.load, setting), content)

    from facepipe.bench.picture import draw  # noqa: PLC0415 - matplotlib takes long to import

    title = f"{label}: {order.load.text}\n{found.completed}/{found.requests} completed, {found.failed} failed"
    draw(run.rows, run.trace, f"{title}, {_average(found)}", picture)
    console.print(f"{content} and {picture}", highlight=False, soft_wrap=True)
    return 0 if found.completed == found.requests else 1


def _average(found: Figures) -> str:
    if found.latency_ms:
        return f"average {found.latency_ms['average']:.0f} ms from POST accepted to result in the queue"
    if found.client_ms:
        return f"average {found.client_ms['average']:.0f} ms from the POST to the result in the client's hands"
    return "nothing completed"


@contextlib.contextmanager
def measured_pipeline(paths: Paths, order: PipelineBenchOptions) -> Iterator[MeasuredPipeline]:
    """Yield the pipeline that runs already, or start one for as long as the block lasts."""
    if order.endpoints:
        project = compose_project(order.endpoints.api) if order.bound else ""
        if order.bound and not project:
            raise BenchError("--bound needs a pipeline in compose on this machine, or one that bench starts itself")
        yield MeasuredPipeline(order.endpoints, project=project)
        return
    with tempfile.TemporaryDirectory(prefix="facepipe-bench-") as folder:
        gallery = Path(folder) / "gallery.npz"
        seed(gallery, paths.models)
        settings = Settings(
            paths.template,
            environments=Limits(order.environments),
            ports=free_ports(),
            engine=LOCAL_ENGINE,
            journal=JournalPlace(Path(folder) / "journal.sqlite", off=order.journal_off),
            queues=QueuesPlace(Path(folder) / "queues.sqlite"),
        )
        with running(settings, paths.var / "bench/pipeline.log", gallery=gallery) as local:
            journal = None if order.journal_off else settings.journal.file
            yield MeasuredPipeline(local.endpoints, local.process.pid, journal)


def _bound(paths: Paths, order: PipelineBenchOptions, pipeline: MeasuredPipeline, run: PipelineRun) -> Bound:
    share = CONTAINER_SHARE if pipeline.project else LOCAL_SHARE
    return measure_bound(paths, order.photos, pipeline.endpoints, run, share_wanted=share)


def _measure(order: PipelineBenchOptions, pipeline: MeasuredPipeline, console: Console) -> PipelineRun:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("photos", total=order.load.warm_up + order.load.requests)
        return measure(
            order.load,
            order.photos,
            pipeline.endpoints,
            lambda _: progress.advance(task),
            processor_times=pipeline.processor_times,
        )


def require_matplotlib() -> None:
    """See before the run, not after it, that its picture can be drawn."""
    if find_spec("matplotlib") is None:
        raise BenchError("the picture needs matplotlib: pip install matplotlib, or in a checkout scripts/bench")
