"""The verb that measures for long."""

# ruff: noqa: PLC0415
from pathlib import Path
from typing import Annotated

import typer

from facepipe.verbs.options import PATHS, clear_errors, console


def soak(
    seconds: Annotated[float, typer.Option(min=30, max=86_400, help="How long photos are sent.")] = 900,
    rate: Annotated[
        float,
        typer.Option(min=0, max=1000, help="Photos per second; else 80 % of what a first, short run reaches."),
    ] = 0,
    photos: Annotated[list[Path] | None, typer.Option(help="Your photos; else frames of the sample portraits.")] = None,
    running: Annotated[
        bool, typer.Option("--running", help="Measure the pipeline that runs already in `docker compose up`.")
    ] = False,
    environments: Annotated[
        int, typer.Option(min=1, help="Environments of each function at most, if the pipeline is started.")
    ] = 2,
    label: Annotated[str, typer.Option(help="The title of the measurement.")] = "",
    output: Annotated[Path, typer.Option(help="The files to write, without .json and .png.")] = PATHS.var
    / "bench/soak",
) -> None:
    """Send photos for a quarter of an hour below saturation; exit code 1 when throughput, latency or memory changed."""
    with clear_errors():
        from facepipe.bench.pipeline_bench import PipelineBenchOptions
        from facepipe.bench.soak import FIRST_LOAD, SoakOptions, run_soak
        from facepipe.client.discovery import Given, find_pipeline
        from facepipe.client.photos import frames
        from facepipe.client.sketch import camera_like_frames

        pictures = list(frames(photos)) if photos else camera_like_frames(PATHS.samples)
        endpoints = find_pipeline(Given()) if running else None
        label = label or ("in containers" if running else "without Docker")
        pipeline = PipelineBenchOptions(FIRST_LOAD, pictures, endpoints, environments, False, label, output)
        raise typer.Exit(run_soak(PATHS, SoakOptions(pipeline, seconds, rate), console()))
