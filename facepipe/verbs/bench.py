"""Verbs that measure."""

# ruff: noqa: PLC0415
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from facepipe.verbs.bench_soak import soak
from facepipe.verbs.bench_start import start
from facepipe.verbs.options import (
    PATHS,
    FoundApi,
    FoundQueue,
    FoundSqs,
    Photos,
    Sign,
    Stack,
    StartedEnvironments,
    clear_errors,
    console,
    photos_or_samples,
)
from facepipe.verbs.verb_group import VerbGroup

app = typer.Typer(
    name="bench", cls=VerbGroup, no_args_is_help=True, help="Measure, and write figures as text, JSON and a picture."
)
app.command()(start)
app.command()(soak)


@app.callback()
def end_in_order() -> None:
    """Let SIGTERM end a measurement as Ctrl-C does: with the pipeline that it started."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


@app.command()
def pipeline(
    requests: Annotated[int, typer.Option("-n", min=1, max=100_000, help="How many photos are measured.")] = 100,
    in_flight: Annotated[int, typer.Option(min=1, max=100, help="How many photos are in flight at once.")] = 4,
    rate: Annotated[
        float,
        typer.Option(min=0, max=1000, help="Send this many photos per second instead, however many are in flight."),
    ] = 0,
    warm_up: Annotated[
        int, typer.Option(min=0, max=10_000, help="How many photos are sent first and not measured.")
    ] = 10,
    photos: Photos = None,
    running: Annotated[
        bool, typer.Option("--running", help="Measure the pipeline that runs already, without Docker or in compose.")
    ] = False,
    url: Annotated[
        str | None, typer.Option(help="Measure the pipeline at this Function URL, local or deployed.")
    ] = None,
    sqs: FoundSqs = None,
    response_queue: FoundQueue = None,
    api: FoundApi = None,
    sign: Sign = False,
    stack: Stack = "",
    environments: StartedEnvironments = 2,
    no_journal: Annotated[bool, typer.Option("--no-journal", help="Start the pipeline without a journal.")] = False,
    bound: Annotated[
        bool,
        typer.Option(
            "--bound", help="Measure also what this machine could do at most, and the pipeline's share of it."
        ),
    ] = False,
    label: Annotated[str, typer.Option(help="The title of the measurement.")] = "",
    output: Annotated[Path, typer.Option(help="The files to write, without .json and .png.")] = PATHS.var
    / "bench/pipeline",
) -> None:
    """Send photos and measure each from its POST to its result; exit code 1 when one failed."""
    with clear_errors():
        from facepipe.bench.pipeline_bench import PipelineBenchOptions, run_pipeline
        from facepipe.bench.pipeline_load import Load
        from facepipe.client.deployed import deployed
        from facepipe.client.discovery import Given, find_pipeline

        given, endpoints = Given(url, sqs, response_queue, api, sign), None
        if stack or running or url:
            endpoints = deployed(stack, given) if stack else find_pipeline(given)
        label = label or (endpoints.url if endpoints else "")
        load, pictures = Load(requests, in_flight, rate, warm_up), photos_or_samples(photos)
        order = PipelineBenchOptions(load, pictures, endpoints, environments, no_journal, label, output, bound)
        raise typer.Exit(run_pipeline(PATHS, order, console()))


@app.command()
def models(
    rounds: Annotated[int, typer.Option(min=1, help="Processes for each engine, net and number of threads.")] = 3,
    repeats: Annotated[int, typer.Option(min=1, help="How often each input is computed in a process.")] = 5,
    threads: Annotated[
        list[int] | None, typer.Option(min=1, help="Threads of a net; may be repeated.  [default: 1, 2]")
    ] = None,
    share: Annotated[
        list[float] | None, typer.Option(help="CPU quotas, in CPUs; may be repeated, 0 for none.  [default: 0.5, 1]")
    ] = None,
    photos: Annotated[
        Path | None, typer.Option(envvar="FACEPIPE_PHOTOS", help="A folder of photos on which results are compared.")
    ] = None,
    engines: Annotated[
        str, typer.Option(help="Further engines, installed in var/ where they are missing; commas; '' for none.")
    ] = "onnxruntime,openvino",
    output: Annotated[Path, typer.Option(help="The JSON file to write.")] = PATHS.var / "bench/models.json",
) -> None:
    """Measure the nets beside facenet-pytorch in eager torch; exit code 1 when parity is broken."""
    with clear_errors():
        from facepipe.bench.nets import NetsBenchOptions, bench_models

        PATHS.need_checkout("facepipe bench models")
        shares = tuple(one for one in (share or (0.5, 1.0)) if one)
        options = NetsBenchOptions(
            rounds, repeats, tuple(threads or (1, 2)), shares, tuple(filter(None, engines.split(","))), photos, output
        )
        raise typer.Exit(bench_models(PATHS, options, console()))


@app.command()
def handlers(
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Processes of each function, one after the other.")] = 3,
    repeats: Annotated[int, typer.Option("-n", min=1, max=10_000, help="Calls with each photo in a process.")] = 30,
    photos: Annotated[
        list[Path] | None, typer.Option(help="Your photos; else a frame of 640×480 with the two sample portraits.")
    ] = None,
    beside: Annotated[
        Path | None, typer.Option(help="Another checkout with its models in var/, measured in turns with this one.")
    ] = None,
    output: Annotated[Path, typer.Option(help="The JSON file to write.")] = PATHS.var / "bench/handlers.json",
) -> None:
    """Measure the processor time of both functions' handlers by stage, without emulator and queue server."""
    with clear_errors():
        from facepipe.bench.handler_bench import HandlersBenchOptions, bench_handlers

        pictures = [frame for frame in photos_or_samples(photos) if photos or "both" in frame.name]
        raise typer.Exit(
            bench_handlers(PATHS, HandlersBenchOptions(pictures, rounds, repeats, beside, output), console())
        )


@app.command()
def emulator(
    idle: Annotated[float, typer.Option(min=1, help="Seconds measured at rest; a long poll takes 20.")] = 25,
    requests: Annotated[int, typer.Option("-n", min=2, help="Requests of each kind.")] = 100,
    messages: Annotated[int, typer.Option(min=1, help="Messages through the mapping, at full speed.")] = 5_000,
    environments: Annotated[int, typer.Option(min=1, help="Environments of each function at most.")] = 2,
    sqs_endpoint: Annotated[str, typer.Option(help="Measure with an SQS server that runs already.")] = "",
    elasticmq: Annotated[bool, typer.Option(help="Measure with ElasticMQ too, if there is Docker.")] = True,
    output: Annotated[Path, typer.Option(help="The JSON file to write.")] = PATHS.var / "bench/emulator.json",
) -> None:
    """Measure what the emulator itself costs; exit code 1 when a target is missed."""
    with clear_errors():
        from facepipe.bench.emulator import EmulatorBenchOptions, bench_emulator

        options = EmulatorBenchOptions(idle, requests, messages, environments, sqs_endpoint, elasticmq, output)
        raise typer.Exit(bench_emulator(PATHS, options, console()))


@app.command()
def peers(
    peer: Annotated[
        list[str] | None, typer.Option("--peers", help="A program to measure; may be repeated.  [default: all]")
    ] = None,
    rows: Annotated[
        list[str] | None,
        typer.Option(help="A group of rows: start, url, cold, trigger, pipeline, queue, checks; may be repeated."),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="How often each program is started and measured.")] = 3,
    output: Annotated[Path, typer.Option(help="The JSON file to write, with a Markdown file beside it.")] = PATHS.var
    / "bench/peers.json",
) -> None:
    """Measure facepipe beside other programs that run Lambda functions and SQS on one machine."""
    with clear_errors():
        PATHS.need_checkout("facepipe bench peers")
        from facepipe.bench.peers.peers_bench import PeersBenchOptions, bench_peers

        options = PeersBenchOptions(tuple(peer or ()), tuple(rows or ()), rounds, output)
        bench_peers(PATHS, options, console())


@app.command()
def loop(
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Saves of each function, and mistakes of each kind.")] = 5,
    output: Annotated[Path, typer.Option(help="The JSON file to write.")] = PATHS.var / "bench/loop.json",
    docker: Annotated[bool, typer.Option("--docker", help="Measure `facepipe up --docker` as well.")] = False,
    base_image: Annotated[
        list[str] | None, typer.Option(help="With --docker: IMAGE=OTHER, as `facepipe up` takes it; may be repeated.")
    ] = None,
) -> None:
    """Measure from a save to the new code's answer, and from a mistake to its message; exit code 1 above a second."""
    with clear_errors():
        from emulator.setting_texts import pairs
        from facepipe.bench.loop import LoopBenchOptions, bench_loop

        base_images = pairs(base_image or [])
        raise typer.Exit(bench_loop(PATHS, LoopBenchOptions(rounds, output, docker, base_images), console()))


@app.command(name="console")
def console_cost(
    pairs: Annotated[
        int, typer.Option(min=1, max=100, help="Pairs of runs: one with the page closed, one with it open.")
    ] = 3,
    requests: Annotated[int, typer.Option("-n", min=10, max=100_000, help="Photos in each run.")] = 60,
    idle: Annotated[float, typer.Option(min=1, help="Seconds at rest, with the page closed and open.")] = 30,
    output: Annotated[Path, typer.Option(help="The JSON file to write.")] = PATHS.var / "bench/console.json",
) -> None:
    """Measure what an open console costs the emulator; exit code 1 when a target is missed. Needs Chromium."""
    with clear_errors():
        from facepipe.bench.console_cost import ConsoleBenchOptions, bench_console
        from facepipe.client.sketch import camera_like_frames

        options = ConsoleBenchOptions(camera_like_frames(PATHS.samples), pairs, requests, idle, output)
        raise typer.Exit(bench_console(PATHS, options, console()))


@app.command()
def forecast(
    requests: Annotated[int, typer.Option("-n", min=10, max=10_000, help="Photos of each of the five runs.")] = 200,
    photos: Photos = None,
    environments: Annotated[int, typer.Option(min=1, help="Environments of each function at most.")] = 2,
    output: Annotated[Path, typer.Option(help="The file to write, without .json.")] = PATHS.var
    / "bench/forecast-check",
) -> None:
    """Forecast this machine from one run, and measure four others; exit code 1 when the forecast is too far away."""
    with clear_errors():
        from facepipe.bench.forecast_check import ForecastCheckOptions, check_forecast

        order = ForecastCheckOptions(photos_or_samples(photos), requests, environments, output)
        raise typer.Exit(check_forecast(PATHS, order, console()))
