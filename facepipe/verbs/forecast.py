"""The verb that forecasts what a pipeline would do on AWS at a load."""

# ruff: noqa: PLC0415
from pathlib import Path
from typing import Annotated

import typer

from facepipe.verbs.options import PATHS, clear_errors, console

Texts = list[str] | None
BENCH = PATHS.var / "bench/pipeline.json"
MOST_MS = 60_000.0  #: of what is assumed


def forecast(
    project: Annotated[
        Path | None,
        typer.Argument(
            help="A project's folder or its template.", metavar="[DIR | TEMPLATE]", show_default="as for `doctor`"
        ),
    ] = None,
    rate: Annotated[str, typer.Option(help="Photos (requests) per second.")] = "",
    ramp: Annotated[str, typer.Option(help="A rate that rises or falls, such as 0..500/10m.")] = "",
    per_day: Annotated[str, typer.Option(help="Photos per day; most come by day and in the evening.")] = "",
    duration: Annotated[
        str, typer.Option("--for", help="How long the load lasts: 90s, 30m, 2h, 1d.", show_default="10m, or 1d")
    ] = "",
    burst: Annotated[
        Texts, typer.Option(help="N@TIME: N photos at once at this time, such as 500@1m. May be repeated.")
    ] = None,
    memory: Annotated[
        str, typer.Option(help="Memory of every function in MB. Several values with commas are compared.")
    ] = "",
    times: Annotated[
        Path | None,
        typer.Option(
            help="The file with measured times of calls: of `bench pipeline`, or a journal.",
            show_default="the latest bench, or the journal",
        ),
    ] = None,
    call_ms: Annotated[
        Texts, typer.Option(help="[FUNCTION=]MS: how long a call takes, instead of measured times. May be repeated.")
    ] = None,
    fail: Annotated[
        Texts, typer.Option(help="[FUNCTION=]SHARE of requests that fail, such as 1%. May be repeated.")
    ] = None,
    account_concurrency: Annotated[
        int, typer.Option(min=1, help="The account's quota of concurrent executions; new accounts may have 10.")
    ] = 1_000,
    pollers: Annotated[str, typer.Option(help="MIN..MAX provisioned pollers of the mappings, such as 2..200.")] = "",
    parallel: Annotated[
        float, typer.Option(min=0, max=1, help="The share of computing that can use several processors at once.")
    ] = 0.0,
    machine: Annotated[
        float,
        typer.Option(min=0.05, max=20, help="How fast a Lambda processor is, relative to one of the measured machine."),
    ] = 1.0,
    attempts: Annotated[int, typer.Option(min=1, max=100, help="How often a client sends a throttled photo.")] = 20,
    function: Annotated[str, typer.Option(help="The function whose URL is called, if there are several.")] = "",
    sends: Annotated[
        Texts,
        typer.Option(
            help="FUNCTION=QUEUE: where a function sends, if its variables do not name the queue. May be repeated."
        ),
    ] = None,
    parameter: Annotated[Texts, typer.Option(help="A template parameter, Name=value. May be repeated.")] = None,
    url_ms: Annotated[
        float, typer.Option(min=0, max=MOST_MS, help="Assumed milliseconds from the POST to the function.")
    ] = 10,
    delivery_ms: Annotated[
        float,
        typer.Option(
            min=0, max=MOST_MS, help="Assumed milliseconds from sending a message until the mapping receives it."
        ),
    ] = 30,
    creation_ms: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=MOST_MS,
            help="Assumed milliseconds to create an environment.",
            show_default="500; 200 for a zip function",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The random seed: another number gives another run of the same load.")] = 1,
    output: Annotated[Path, typer.Option(help="The files to write, without .json and .png.")] = PATHS.var
    / "bench/forecast",
) -> None:
    """Forecast what a pipeline would do on AWS at a load: latency, backlog, throttles, cost, and the first limit.

    Examples: --rate 200 --for 30m; --ramp 0..500/10m; --per-day 1000000; --rate 50 --memory 512,1024,1769,3008.
    This is a simulation: nothing is deployed or sent. Exit code 1 if photos fail or are not finished.
    """
    with clear_errors():
        from facepipe.forecast.needs import need_simpy

        need_simpy()
        from facepipe.forecast.aws_assumptions import AwsAssumptions
        from facepipe.forecast.forecast_options import (
            journal_of,
            read_memories,
            read_pollers,
            read_sends,
            resources_of,
        )
        from facepipe.forecast.forecasting import ForecastOrder, TimesOrder, run_forecast
        from facepipe.forecast.offered_load import LoadTexts, read_load
        from facepipe.forecast.quantities import named
        from facepipe.forecast.simulation import Conditions
        from facepipe.project import template_to_examine

        template = template_to_examine(project, PATHS)
        given = parameter or []
        load = read_load(LoadTexts(rate, ramp, per_day, duration, burst or []))
        cold = AwsAssumptions().cold_image_s if creation_ms is None else creation_ms / 1000
        cold_zip = AwsAssumptions().cold_zip_s if creation_ms is None else creation_ms / 1000
        conditions = Conditions(
            seed=seed,
            account_concurrency=account_concurrency,
            parallel=parallel,
            machine=machine,
            attempts=attempts,
            pollers=read_pollers(pollers),
            assumptions=AwsAssumptions(url_ms / 1000, delivery_ms / 1000, cold, cold_zip),
        )
        files = [times] if times else [BENCH, journal_of(template, PATHS)]
        own = TimesOrder(files, times is not None, named(call_ms or [], "--call-ms"), named(fail or [], "--fail"))
        order = ForecastOrder(load, conditions, read_memories(memory), function, read_sends(sends or []), output)
        raise typer.Exit(run_forecast(resources_of(template, given), own, order, console()))
