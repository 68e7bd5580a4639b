"""`scripts/bench forecast`: a forecast of this machine, beside runs of `bench pipeline` that come after it.

One run with one photo in flight gives all times. From them alone four runs are forecast, below, at and above what
the machine can do; then each is measured, with a pipeline that is started anew.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from facepipe.bench.figures import distribution
from facepipe.bench.machine import describe
from facepipe.bench.pipeline_bench import PipelineBenchOptions, run_pipeline
from facepipe.bench.pipeline_load import Load
from facepipe.bench.report import write
from facepipe.client.photos import Frame
from facepipe.client.terminal_text import shown
from facepipe.forecast.chain import Chain, find_chain
from facepipe.forecast.forecast_options import resources_of
from facepipe.forecast.local_machine import LocalLoad, LocalRun, MachineTimes
from facepipe.paths import Paths

BELOW = 0.5  #: the rate of the first run, of what eight in flight are forecast to reach
IN_FLIGHT = (2, 4, 8)
THROUGHPUT, LATENCY = 0.15, 0.25  #: how far a forecast may be from what is measured


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The throughput and latencies of a run."""

    throughput_per_s: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Compared:
    """One load: forecast and measured."""

    load: Load
    forecast: RunOutcome
    measured: RunOutcome

    @property
    def errors(self) -> tuple[float, float, float]:
        """The forecast's relative errors: throughput, p50, p95."""
        pairs = zip(asdict(self.forecast).values(), asdict(self.measured).values(), strict=True)
        first, second, third = (forecast / measured - 1 if measured else 0.0 for forecast, measured in pairs)
        return first, second, third

    @property
    def holds(self) -> bool:
        """Whether all three are near enough."""
        return all(abs(error) <= most for error, most in zip(self.errors, (THROUGHPUT, LATENCY, LATENCY), strict=True))


@dataclass(frozen=True, slots=True)
class ForecastCheckOptions:
    """How to check."""

    photos: Sequence[Frame]
    requests: int
    environments: int
    output: Path  #: .json is put behind it


def check_forecast(paths: Paths, order: ForecastCheckOptions, console: Console) -> int:
    """Measure with one photo in flight, forecast four loads, and measure them; return 1 if one is too far away."""
    chain = find_chain(resources_of(paths.template, []))
    alone = _measure(paths, order, Load(order.requests, 1), "1-in-flight", console)
    times = MachineTimes.read(alone, f"{order.output}-1-in-flight.json")
    loads = _loads(chain, times, order)
    forecasts = [forecast_run(chain, times, load, order.environments) for load in loads]
    compared = []
    for load, forecast in zip(loads, forecasts, strict=True):
        name = f"{load.rate_per_s:g}-a-second" if load.rate_per_s else f"{load.in_flight}-in-flight"
        measured = _measure(paths, order, load, name, console)["figures"]
        latency = measured["latency_ms"]
        outcome = RunOutcome(measured["throughput_per_s"], latency["p50"], latency["p95"])
        compared.append(Compared(load, forecast, outcome))
    _show(compared, times, chain, console)
    runs = [{**asdict(one), "errors": one.errors, "holds": one.holds} for one in compared]
    write({"bench": "forecast", "machine": describe(paths.root), "runs": runs}, Path(f"{order.output}.json"))
    return 0 if all(one.holds for one in compared) else 1


def forecast_run(chain: Chain, times: MachineTimes, load: Load, environments: int) -> RunOutcome:
    """Return what a run of `bench pipeline` is forecast to reach on this machine."""
    cores = len(os.sched_getaffinity(0))
    local = LocalLoad(load.requests, load.in_flight, load.rate_per_s)
    run = LocalRun(chain, times, local, cores, environments).run()
    latency = distribution(run.recorder.latencies())
    return RunOutcome(round(run.throughput_per_s, 2), latency["p50"], latency["p95"])


def _loads(chain: Chain, times: MachineTimes, order: ForecastCheckOptions) -> list[Load]:
    loads = [Load(order.requests, in_flight) for in_flight in IN_FLIGHT]
    most = forecast_run(chain, times, loads[-1], order.environments).throughput_per_s
    return [Load(order.requests, rate_per_s=round(most * BELOW, 1)), *loads]


def _measure(paths: Paths, order: ForecastCheckOptions, load: Load, name: str, console: Console) -> Any:
    """Run `bench pipeline` with a pipeline of its own, and return its bench file."""
    output = Path(f"{order.output}-{name}")
    label = name.replace("-", " ")
    options = PipelineBenchOptions(
        load, order.photos, None, order.environments, journal_off=False, label=label, output=output
    )
    run_pipeline(paths, options, console)
    return json.loads(Path(f"{output}.json").read_text(encoding="utf-8"))


def _show(compared: Sequence[Compared], times: MachineTimes, chain: Chain, console: Console) -> None:
    view = Table(box=box.SIMPLE_HEAD, header_style="bold", padding=(0, 1, 0, 0), show_edge=False)
    view.add_column("load")
    for heading in ("photos/s", "measured", "p50 ms", "measured", "p95 ms", "measured", "within"):
        view.add_column(heading, justify="right")
    for one in compared:
        name = f"{one.load.rate_per_s:g} a second" if one.load.rate_per_s else f"{one.load.in_flight} in flight"
        cells = []
        for forecast, measured, error in zip(
            asdict(one.forecast).values(), asdict(one.measured).values(), one.errors, strict=True
        ):
            cells += [f"{forecast:,.4g} ({error:+.0%})", f"{measured:,.4g}"]
        view.add_row(name, *cells, "yes" if one.holds else "no")
    console.print(view)
    rest = f"{times.rest_ms(chain.functions):.1f} ms of a photo's time alone are nobody's"
    console.print(shown(f"Wanted: throughput within {THROUGHPUT:.0%}, p50 and p95 within {LATENCY:.0%}. {rest}."))
