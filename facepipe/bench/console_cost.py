"""What the console costs the emulator: at rest, and for each photo at 80 % of the pipeline's throughput."""

import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from emulator.environments.environment_limits import Limits
from emulator.free_ports import free_ports
from emulator.kept_places import ConsolePlace, JournalPlace, QueuesPlace
from emulator.settings import LOCAL_ENGINE, Settings
from facepipe.bench.console_page import ConsolePage, console_page
from facepipe.bench.figures import figures
from facepipe.bench.machine import describe
from facepipe.bench.pipeline_load import Load, measure
from facepipe.bench.process_costs import cpu_s
from facepipe.client.endpoints import Endpoints
from facepipe.client.photos import Frame
from facepipe.local_pipeline import LocalPipeline, running
from facepipe.paths import Paths
from services.enrolment.gallery_place import seed

SHARE = 0.8  #: of the throughput
MOST_MS, MOST_IDLE_PERCENT, MOST_PAINT_MS = 2.0, 0.5, 200.0  #: the targets


@dataclass(frozen=True, slots=True)
class ConsoleBenchOptions:
    """How much is measured, and where the result goes."""

    photos: Sequence[Frame]
    pairs: int = 3  #: of runs with the page closed and open
    requests: int = 60  #: in each run
    idle_s: float = 30.0
    result: Path | None = None


@dataclass(slots=True)
class ConsoleCost:
    """The measured processor time of the emulator's process; that of the functions is not included."""

    rate_per_s: float = 0.0
    closed_ms: list[float] = field(default_factory=list)  #: for each photo, one value a run
    open_ms: list[float] = field(default_factory=list)
    idle_closed_percent: float = 0.0  #: of one core
    idle_open_percent: float = 0.0
    first_paint_ms: float = 0.0

    @property
    def growth_ms(self) -> float:
        """How much more a photo costs while the page is open: the median of the pairs."""
        return statistics.median(one - other for one, other in zip(self.open_ms, self.closed_ms, strict=True))

    @property
    def rows(self) -> list[tuple[str, str, str, bool]]:
        """What was measured, beside its target, and whether that is met."""
        ratio = statistics.median(one / other for one, other in zip(self.open_ms, self.closed_ms, strict=True))
        each = f"{statistics.median(self.closed_ms):.1f} ms closed, {statistics.median(self.open_ms):.1f} ms open"
        growth = f"{self.growth_ms:+.1f} ms ({ratio:.2f} times)"
        idle = f"{self.idle_closed_percent:.2f} % closed, {self.idle_open_percent:.2f} % open"
        idle_growth = self.idle_open_percent - self.idle_closed_percent
        return [
            (f"a photo, at {self.rate_per_s:.1f} a second", f"{each}: {growth}", "2 ms", self.growth_ms < MOST_MS),
            ("at rest, of a core", f"{idle}: {idle_growth:+.2f}", "0.5 %", idle_growth < MOST_IDLE_PERCENT),
            ("first paint", f"{self.first_paint_ms:.0f} ms", "200 ms", self.first_paint_ms < MOST_PAINT_MS),
        ]


def bench_console(paths: Paths, options: ConsoleBenchOptions, console: Console) -> int:
    """Measure, print, and write the result; 1 when a target is missed."""
    machine = describe(paths.root)
    with _pipeline(paths) as local, console_page(local.endpoints.api) as page:
        cost = _measure(local, page, options)
    table = Table("the emulator's processor time", "measured", "target", "")
    for name, measured, target, met in cost.rows:
        table.add_row(name, measured, f"under {target}", "met" if met else "missed")
    console.print(table)
    if options.result:
        options.result.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"machine": machine, **asdict(cost), "growth_ms": cost.growth_ms}, indent=2)
        options.result.write_text(content + "\n", encoding="utf-8")
        console.print(f"result: {options.result}", highlight=False, soft_wrap=True)
    return 0 if all(met for *_, met in cost.rows) else 1


@contextlib.contextmanager
def _pipeline(paths: Paths) -> Iterator[LocalPipeline]:
    """Run a pipeline as `scripts/up` does, with files of its own; the console keeps payloads in every run."""
    with tempfile.TemporaryDirectory(prefix="facepipe-bench-") as text:
        folder = Path(text)
        seed(folder / "gallery.npz", paths.models)
        settings = Settings(
            paths.template,
            environments=Limits(2),
            ports=free_ports(),
            engine=LOCAL_ENGINE,
            journal=JournalPlace(folder / "journal.sqlite"),
            queues=QueuesPlace(folder / "queues.sqlite"),
            console=ConsolePlace(paths.console_pages, folder / "payloads.sqlite"),
        )
        with running(settings, paths.var / "bench/console.log", gallery=folder / "gallery.npz") as local:
            yield local


def _measure(local: LocalPipeline, page: ConsolePage, options: ConsoleBenchOptions) -> ConsoleCost:
    pid, cost, load = local.process.pid, ConsoleCost(), Load(options.requests)
    full = measure(load, options.photos, local.endpoints, lambda _: None)
    cost.rate_per_s = SHARE * figures(full.rows).throughput_per_s
    load = replace(load, rate_per_s=cost.rate_per_s, warm_up=0)
    with page.opened() as first_paint_ms:  # the first page of all: nothing of it is in the browser's memory
        cost.first_paint_ms = first_paint_ms
        cost.idle_open_percent = _idle_percent(pid, options.idle_s)
    cost.idle_closed_percent = _idle_percent(pid, options.idle_s)
    for _ in range(options.pairs):
        cost.closed_ms.append(_photo_ms(pid, load, options.photos, local.endpoints))
        with page.opened():
            cost.open_ms.append(_photo_ms(pid, load, options.photos, local.endpoints))
    return cost


def _photo_ms(pid: int, load: Load, photos: Sequence[Frame], endpoints: Endpoints) -> float:
    """Return the process's milliseconds for each photo of a run."""
    before = cpu_s(pid)
    measure(load, photos, endpoints, lambda _: None)
    return (cpu_s(pid) - before) * 1000 / load.requests


def _idle_percent(pid: int, seconds: float) -> float:
    """Return the share of one core that a process takes while nothing is sent."""
    time.sleep(2)  # what began before is over
    before, began = cpu_s(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_s(pid) - before) * 100 / (time.monotonic() - began)
