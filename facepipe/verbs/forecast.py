"""The verb that forecasts what a pipeline would do on AWS at a load."""

# ruff: noqa: PLC0415
from pathlib import Path
from typing import Annotated, Any

import typer

from facepipe.verbs.options import PATHS, clear_errors, console

BENCH = PATHS.var / "bench/pipeline.json"
MOST_MS = 60_000.0  #: of what is assumed

Texts = list[str] | None
Project = Annotated[
    Path | None,
    typer.Argument(
        help="A project's folder or its template.", metavar="[DIR | TEMPLATE]", show_default="as for `doctor`"
    ),
]

# ---- the load
Rate = Annotated[str, typer.Option(help="Photos (requests) per second.")]
Ramp = Annotated[str, typer.Option(help="A rate that rises or falls, such as 0..500/10m.")]
PerDay = Annotated[str, typer.Option(help="Photos per day; most come by day and in the evening.")]
Duration = Annotated[
    str, typer.Option("--for", help="How long the load lasts: 90s, 30m, 2h, 1d.", show_default="10m, or 1d")
]
Burst = Annotated[Texts, typer.Option(help="N@TIME: N photos at once at this time, such as 500@1m. May be repeated.")]

# ---- what is measured, or given instead
Memory = Annotated[str, typer.Option(help="Memory of every function in MB. Several values with commas are compared.")]
Times = Annotated[
    Path | None,
    typer.Option(
        help="The file with measured times of calls: of `bench pipeline`, or a journal.",
        show_default="the latest bench, or the journal",
    ),
]
CallMs = Annotated[
    Texts, typer.Option(help="[FUNCTION=]MS: how long a call takes, instead of measured times. May be repeated.")
]
Fail = Annotated[Texts, typer.Option(help="[FUNCTION=]SHARE of requests that fail, such as 1%. May be repeated.")]

# ---- the conditions
AccountConcurrency = Annotated[
    int, typer.Option(min=1, help="The account's quota of concurrent executions; new accounts may have 10.")
]
Pollers = Annotated[str, typer.Option(help="MIN..MAX provisioned pollers of the mappings, such as 2..200.")]
Parallel = Annotated[
    float, typer.Option(min=0, max=1, help="The share of computing that can use several processors at once.")
]
Machine = Annotated[
    float,
    typer.Option(min=0.05, max=20, help="How fast a Lambda processor is, relative to one of the measured machine."),
]
Attempts = Annotated[int, typer.Option(min=1, max=100, help="How often a client sends a throttled photo.")]
Function = Annotated[str, typer.Option(help="The function whose URL is called, if there are several.")]
Sends = Annotated[
    Texts,
    typer.Option(
        help="FUNCTION=QUEUE: where a function sends, if its variables do not name the queue. May be repeated."
    ),
]
Parameter = Annotated[Texts, typer.Option(help="A template parameter, Name=value. May be repeated.")]


def _assumed_ms(help_text: str, default: str | bool = True) -> Any:
    return typer.Option(min=0, max=MOST_MS, help=help_text, show_default=default)


UrlMs = Annotated[float, _assumed_ms("Assumed milliseconds from the POST to the function.")]
DeliveryMs = Annotated[float, _assumed_ms("Assumed milliseconds from sending a message until the mapping receives it.")]
CreationMs = Annotated[
    float | None, _assumed_ms("Assumed milliseconds to create an environment.", "500; 200 for a zip function")
]
Seed = Annotated[int, typer.Option(help="The random seed: another number gives another run of the same load.")]
Output = Annotated[Path, typer.Option(help="The files to write, without .json and .png.")]


def forecast(
    project: Project = None,
    rate: Rate = "",
    ramp: Ramp = "",
    per_day: PerDay = "",
    duration: Duration = "",
    burst: Burst = None,
    memory: Memory = "",
    times: Times = None,
    call_ms: CallMs = None,
    fail: Fail = None,
    account_concurrency: AccountConcurrency = 1_000,
    pollers: Pollers = "",
    parallel: Parallel = 0.0,
    machine: Machine = 1.0,
    attempts: Attempts = 20,
    function: Function = "",
    sends: Sends = None,
    parameter: Parameter = None,
    url_ms: UrlMs = 10,
    delivery_ms: DeliveryMs = 30,
    creation_ms: CreationMs = None,
    seed: Seed = 1,
    output: Output = PATHS.var / "bench/forecast",
) -> None:
    """Forecast what a pipeline would do on AWS at a load: latency, backlog, throttles, cost, and the first limit.

    Examples: --rate 200 --for 30m; --ramp 0..500/10m; --per-day 1000000; --rate 50 --memory 512,1024,1769,3008.
    This is a simulation: nothing is deployed or sent. Exit code 1 if photos fail or are not finished.
    """
    with clear_errors():
        from facepipe.forecast.needs import need_simpy

        need_simpy()
        from facepipe.forecast import forecast_options as options
        from facepipe.forecast.aws_assumptions import assumptions_of
        from facepipe.forecast.forecasting import ForecastOrder, TimesOrder, run_forecast
        from facepipe.forecast.offered_load import LoadTexts, read_load
        from facepipe.forecast.quantities import named
        from facepipe.forecast.simulation import Conditions
        from facepipe.project import template_to_examine

        template = template_to_examine(project, PATHS)
        load = read_load(LoadTexts(rate, ramp, per_day, duration, burst or []))
        conditions = Conditions(
            seed=seed,
            account_concurrency=account_concurrency,
            parallel=parallel,
            machine=machine,
            attempts=attempts,
            pollers=options.read_pollers(pollers),
            assumptions=assumptions_of(url_ms, delivery_ms, creation_ms),
        )
        files = [times] if times else [BENCH, options.journal_of(template, PATHS)]
        own = TimesOrder(files, times is not None, named(call_ms or [], "--call-ms"), named(fail or [], "--fail"))
        memories, targets = options.read_memories(memory), options.read_sends(sends or [])
        order = ForecastOrder(load, conditions, memories, function, targets, output)
        raise typer.Exit(run_forecast(options.resources_of(template, parameter or []), own, order, console()))
