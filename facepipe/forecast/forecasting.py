"""One run of `facepipe forecast`: reads template and times, simulates, and writes report, JSON and picture."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from emulator.resources import Resources
from facepipe.bench.prices import AS_OF, REGION
from facepipe.bench.report import write
from facepipe.client.terminal_text import shown
from facepipe.forecast.call_samples import AllSamples, CallSamples, read_samples
from facepipe.forecast.chain import Chain, find_chain
from facepipe.forecast.forecast_figures import ForecastFigures, forecast_figures
from facepipe.forecast.forecast_report import show_comparison, show_conditions, show_forecast
from facepipe.forecast.journal_samples import read_journal
from facepipe.forecast.offered_load import OfferedLoad
from facepipe.forecast.quantities import ForecastError, number
from facepipe.forecast.simulation import Conditions, Simulation

LEAST_MS = 0.001  #: that a call takes


@dataclass(frozen=True, slots=True)
class TimesOrder:
    """Where the times of calls come from."""

    files: Sequence[Path]  #: a bench file or a journal; the first one that exists is taken
    named: bool  #: the user has named the file
    call_ms: Mapping[str, str]  #: times that the user gives instead, by function
    failures: Mapping[str, str]  #: shares of failed requests that the user gives instead


@dataclass(frozen=True, slots=True)
class ForecastOrder:
    """What to forecast."""

    load: OfferedLoad
    conditions: Conditions
    memories_mb: Sequence[int]
    function: str  #: whose URL is called; empty for the only one
    sends: Mapping[str, Sequence[str]]
    output: Path  #: .json and .png are put behind it


def run_forecast(resources: Resources, times: TimesOrder, order: ForecastOrder, console: Console) -> int:
    """Simulate, print and write; return the exit code: 1 when photos are lost."""
    chain = find_chain(resources, function=order.function, sends=order.sends)
    samples = samples_for(chain, times)
    memories: Sequence[int | None] = order.memories_mb or (None,)
    compared: list[tuple[int, ForecastFigures]] = []
    simulation = None
    for memory_mb in memories:
        conditions = replace(order.conditions, memory_mb=memory_mb)
        simulation = simulate(Simulation(chain, order.load, samples, conditions), console)
        compared.append((conditions.memory_of(chain.first.function), forecast_figures(simulation)))
    if len(compared) > 1:
        show_comparison(compared, console)
    else:
        show_forecast(compared[0][1], console)
    show_conditions(samples.source, order.conditions.assumptions, console)
    content = {str(memory_mb): figures.to_json() for memory_mb, figures in compared}
    prices = f"{REGION}, {AS_OF}"
    write({"forecast": content, "times": samples.source, "prices": prices}, Path(f"{order.output}.json"))
    if simulation is not None and len(compared) == 1:
        _draw(simulation, Path(f"{order.output}.png"), console)
    return 1 if any(figures.failed or figures.unfinished for _, figures in compared) else 0


def simulate(simulation: Simulation, console: Console) -> Simulation:
    """Run a simulation with a progress bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"{simulation.load.photos:,.0f} photos", total=1.0)
        simulation.progress = lambda share: progress.update(task, completed=share)
        return simulation.run()


def samples_for(chain: Chain, times: TimesOrder) -> AllSamples:
    """Return the times of all functions of a chain; `ForecastError` if those of one are not known."""
    cure = "write milliseconds, as 50"
    given = {name: number(text, "--call-ms", cure=cure, low=LEAST_MS) for name, text in times.call_ms.items()}
    every = given.get("")
    needed = [name for name in chain.functions if name not in given and every is None]
    _check_names(chain, "--call-ms", times.call_ms)
    _check_names(chain, "--fail", times.failures)
    measured = _read(times) if needed else AllSamples("--call-ms", {})
    functions = {name: measured.of(name) for name in needed}
    for name in chain.functions:
        if name not in functions:
            functions[name] = CallSamples(name, (given.get(name, every or LEAST_MS),))
    for name in chain.functions:
        share = times.failures.get(name, times.failures.get(""))
        if share is not None:
            functions[name] = replace(functions[name], failed=_share(share))
    return AllSamples(measured.source, functions)


def _read(times: TimesOrder) -> AllSamples:
    found = next((file for file in times.files if file.is_file()), None)
    if found is None and times.named:
        raise ForecastError(f"--times {times.files[0]}: there is no such file")
    if found is None:
        raise ForecastError(
            "no times of calls are known: measure them with `scripts/bench pipeline --in-flight 1`, run the pipeline"
            " (its journal has them), or give them: --call-ms 50"
        )
    if found.suffix != ".json":
        return read_journal(found)
    try:
        content = json.loads(found.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ForecastError(f"{found} is not JSON: name a bench file or a journal with --times") from error
    return read_samples(content, str(found))


def _share(text: str) -> float:
    cure = "write a share, as 0.01 or 1%"
    share = number(text.rstrip("%"), "--fail", cure=cure) / (100 if text.endswith("%") else 1)
    if share > 1:
        raise ForecastError(f"--fail {text}: {cure}")
    return share


def _check_names(chain: Chain, option: str, given: Mapping[str, str]) -> None:
    if unknown := sorted(set(given) - {"", *chain.functions}):
        raise ForecastError(f"{option} {unknown[0]}=…: the requests' way has {', '.join(chain.functions)}")


def _draw(simulation: Simulation, target: Path, console: Console) -> None:
    if find_spec("matplotlib") is None:
        console.print(shown("No picture: it needs matplotlib (pip install matplotlib).", "yellow"))
        return
    from facepipe.forecast.forecast_picture import draw_forecast  # noqa: PLC0415 - matplotlib takes long to import

    draw_forecast(simulation, simulation.load.text, target)
    console.print(shown(f"Picture: {target}", "dim"), soft_wrap=True)
