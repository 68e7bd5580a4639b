"""What the emulator itself costs: at rest, from a message to its function, for a request, and at full speed."""

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from emulator.environments.environment_limits import Limits
from emulator.free_ports import free_ports
from emulator.kept_places import QueuesPlace
from emulator.settings import Settings
from facepipe.bench.machine import describe
from facepipe.bench.measured_template import write_template
from facepipe.bench.moto_server import has_moto, moto_server
from facepipe.bench.overheads import (
    WAIT_S,
    Bench,
    OverheadError,
    endpoint_overhead,
    idle,
    request_overhead,
    spread,
    throughput,
    url_overhead,
    wake_up,
)
from facepipe.bench.queue_rates import measure_queue
from facepipe.client.endpoints import sqs_client
from facepipe.elasticmq import docker_answers, elasticmq
from facepipe.local_pipeline import running
from facepipe.paths import Paths


@dataclass(frozen=True, slots=True)
class EmulatorBenchOptions:
    """How much is measured."""

    idle_s: float = 25.0  #: longer than a long poll: each queue's ends once
    requests: int = 100
    messages: int = 5_000
    environments: int = 2  #: of each function
    sqs_endpoint: str = ""  #: of a queue server that runs already; "": the emulator's own
    elasticmq: bool = True  #: whether to use it
    result: Path | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One figure, and what it should be."""

    figure: str
    value: float
    unit: str
    target: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it is as it should be."""
        return self.value >= self.target if self.at_least else self.value < self.target


def bench_emulator(paths: Paths, options: EmulatorBenchOptions, console: Console) -> int:
    """Measure, print, and write the result; 1 when a target is missed."""
    machine = describe(paths.root)  # its load before ours
    try:
        figures = measure(paths, options, console)
    except httpx.HTTPError as error:
        raise OverheadError(
            f"a request was not answered ({error or type(error).__name__}); is the machine too busy?"
        ) from error
    targets = judge(figures)
    _show(figures, targets, console)
    if options.result:
        judged = [{**asdict(one), "met": one.met} for one in targets]
        result = {"machine": machine, "options": asdict(options), "figures": figures, "targets": judged}
        options.result.parent.mkdir(parents=True, exist_ok=True)
        options.result.write_text(json.dumps(result, indent=2, default=str) + "\n", encoding="utf-8")
        console.print(f"result: {options.result}", highlight=False, soft_wrap=True)
    return 0 if all(target.met for target in targets) else 1


def measure(paths: Paths, options: EmulatorBenchOptions, console: Console) -> dict[str, Any]:
    """Return all figures: with the emulator's own queue, as `facepipe up` has it, and with ElasticMQ.

    The queues themselves are measured side by side, with moto's where it is installed.
    """
    both = options.elasticmq and not options.sqs_endpoint and docker_answers()
    first = options.sqs_endpoint or "the emulator's own queue"
    console.print(f"measuring with {first}{', then with ElasticMQ' if both else ''}")
    with _emulator(paths, options) as bench:
        figures: dict[str, Any] = {"idle": idle(bench, options.idle_s), **_latencies(bench, options.requests)}
        figures["throughput"] = throughput(bench, options.messages)
        queues = {first: measure_queue(bench.server or bench.stack.endpoints.sqs, options.messages)}
    if has_moto() and not options.sqs_endpoint:
        with moto_server(free_ports().sqs) as endpoint:  # a tenth: each of its calls takes the longer, the more wait
            queues["moto"] = measure_queue(endpoint, options.messages // 10, many=500)
    if both:
        ports = free_ports()
        with elasticmq(ports.sqs) as endpoint, _emulator(paths, replace(options, sqs_endpoint=endpoint)) as bench:
            figures |= {f"{name}, ElasticMQ": told for name, told in _latencies(bench, options.requests).items()}
            figures["throughput, ElasticMQ"] = throughput(bench, options.messages)
            queues["ElasticMQ, in memory"] = measure_queue(endpoint, options.messages)
    return {**figures, "queues": queues}


@contextlib.contextmanager
def _emulator(paths: Paths, options: EmulatorBenchOptions) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="facepipe-bench-") as folder:
        template, stamps = Path(folder) / "template.json", Path(folder) / "stamps"
        write_template(template, stamps)
        stamps.touch()
        limits = Limits(options.environments)
        settings = Settings(
            template,
            environments=limits,
            ports=free_ports(),
            sqs_endpoint=options.sqs_endpoint,
            queues=QueuesPlace(Path(folder) / "queues" / "queues.sqlite"),
        )
        with running(settings, paths.var / "bench-emulator.log") as local, httpx.Client(timeout=WAIT_S) as http:
            endpoints = local.endpoints
            if options.sqs_endpoint:
                endpoints = replace(endpoints, sqs=options.sqs_endpoint)
            yield Bench(local, sqs_client(endpoints), http, stamps, options.sqs_endpoint)


def _latencies(bench: Bench, count: int) -> dict[str, Any]:
    return {
        "wake-up": spread(wake_up(bench), count),
        "function URL": spread(url_overhead(bench), count),
        "whole request": spread(request_overhead(bench), count),
        "functions' endpoint": spread(endpoint_overhead(bench), count),
    }


def judge(figures: Mapping[str, Any]) -> list[Target]:
    """Compare with what was promised (docs/benchmarks.md)."""
    return [
        Target("idle", figures["idle"]["emulator_percent"], "% of a core", 2),
        Target("wake-up", figures["wake-up"]["send to start"]["median_ms"], "ms", 50),
        Target("function URL", figures["function URL"]["overhead"]["median_ms"], "ms", 15),
        Target("whole request", figures["whole request"]["overhead"]["median_ms"], "ms", 15),
        Target("functions' endpoint", figures["functions' endpoint"]["overhead"]["median_ms"], "ms", 5),
        Target("throughput", figures["throughput"]["per_second"], "messages/s", 500, at_least=True),
    ]


def _show(figures: Mapping[str, Any], targets: Sequence[Target], console: Console) -> None:
    spreads = Table("milliseconds", "measured", "min", "median", "p95", "max", title="Latencies")
    for name, measures in figures.items():
        for measure, told in measures.items():
            if isinstance(told, dict) and name != "queues":
                values = [f"{value:.1f}" for value in told.values()]
                spreads.add_row(name, measure, *values)
    console.print(spreads)
    console.print(_queues_table(figures["queues"]))
    console.print(f"idle: {figures['idle']}", f"throughput: {figures['throughput']}", sep="\n", highlight=False)
    for one in targets:
        sign = "at least" if one.at_least else "under"
        verdict = "[green]met[/green]" if one.met else "[red]missed[/red]"
        console.print(f"{one.figure}: {one.value:g} {one.unit}, wanted {sign} {one.target:g}: {verdict}")


def _queues_table(queues: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Table:
    """Return a row for each figure, and a column for each queue server."""
    table = Table("measured", "", *queues, title="Queues")
    for measured, told in next(iter(queues.values())).items():
        for name in told:
            values = [f"{one[measured][name]:,}" for one in queues.values()]
            table.add_row(measured, name, *values)
    return table
