"""The verb that measures starts."""

# ruff: noqa: PLC0415
from pathlib import Path
from typing import Annotated

import typer

from facepipe.verbs.options import PATHS, clear_errors, console


def start(
    rounds: Annotated[int, typer.Option(min=1, max=100, help="How often each is started.")] = 5,
    next_photos: Annotated[
        int, typer.Option("--next", min=1, max=1000, help="Photos after the first, one at a time.")
    ] = 5,
    engine: Annotated[
        list[str] | None, typer.Option(help="The runtime engine; may be repeated.  [default: rie, runtime-api]")
    ] = None,
    elasticmq: Annotated[
        bool, typer.Option("--elasticmq", help="Measure with ElasticMQ as well; needs Docker.")
    ] = False,
    compose: Annotated[
        bool, typer.Option("--compose", help="Measure docker compose as well, with the images of scripts/images.")
    ] = False,
    beside: Annotated[
        Path | None, typer.Option(help="Another checkout, whose starts take turns with those of this one.")
    ] = None,
    photo: Annotated[Path | None, typer.Option(help="Your photo; else a frame with both sample portraits.")] = None,
    output: Annotated[Path, typer.Option(help="The JSON file to write.")] = PATHS.var / "bench/start.json",
) -> None:
    """Measure from `scripts/up` to the first result, and cold starts of functions; exit code 1: a target is missed."""
    with clear_errors():
        from emulator.settings import ENGINES
        from facepipe.bench.start import StartBenchOptions, bench_start
        from facepipe.client.photos import photo as read_photo
        from facepipe.client.sketch import camera_like_frames

        PATHS.need_checkout("facepipe bench start")
        if unknown := set(engine or ()) - set(ENGINES):
            names = " or ".join(ENGINES)
            raise typer.BadParameter(f"{min(unknown)} is not known; choose {names}", param_hint="--engine")
        both = next(frame for frame in camera_like_frames(PATHS.samples) if frame.name == "both.jpg")
        photos = [read_photo(photo) if photo else both] * (1 + next_photos)
        options = StartBenchOptions(photos, engine or ENGINES, rounds, elasticmq, compose, beside, output)
        raise typer.Exit(bench_start(PATHS, options, console()))
