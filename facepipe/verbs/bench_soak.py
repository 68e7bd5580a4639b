"""The verb that measures for long."""

# ruff: noqa: PLC0415
from pathlib import Path
from typing import Annotated

import typer

from facepipe.verbs.options import PATHS, Photos, StartedEnvironments, clear_errors, console, photos_or_samples


def soak(
    seconds: Annotated[float, typer.Option(min=30, max=86_400, help="How long photos are sent.")] = 900,
    rate: Annotated[
        float,
        typer.Option(min=0, max=1000, help="Photos per second; else 80 % of what a first, short run reaches."),
    ] = 0,
    photos: Photos = None,
    running: Annotated[
        bool, typer.Option("--running", help="Measure the pipeline that runs already in `docker compose up`.")
    ] = False,
    environments: StartedEnvironments = 2,
    label: Annotated[str, typer.Option(help="The title of the measurement.")] = "",
    output: Annotated[Path, typer.Option(help="The files to write, without .json and .png.")] = PATHS.var
    / "bench/soak",
) -> None:
    """Send photos for a quarter of an hour below saturation; exit code 1 when throughput, latency or memory changed."""
    with clear_errors():
        from facepipe.bench.pipeline_bench import PipelineBenchOptions
        from facepipe.bench.soak import FIRST_LOAD, SoakOptions, run_soak
        from facepipe.client.discovery import Given, find_pipeline

        endpoints = find_pipeline(Given()) if running else None
        label = label or ("in containers" if running else "without Docker")
        pictures = photos_or_samples(photos)
        pipeline = PipelineBenchOptions(FIRST_LOAD, pictures, endpoints, environments, False, label, output)
        raise typer.Exit(run_soak(PATHS, SoakOptions(pipeline, seconds, rate), console()))
