"""The verb that measures recognition with the user's own photos."""

# ruff: noqa: PLC0415
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from facepipe.verbs.options import PATHS, ModelsDir, clear_errors, console, say

if TYPE_CHECKING:
    from facepipe.evaluation.evaluation_report import Measurement
    from facepipe.evaluation.measurement import Evaluation


def evaluate(
    people: Annotated[Path, typer.Argument(help="A folder with a folder of photos for each person.")],
    strangers: Annotated[
        Path | None, typer.Option(help="Photos of people who are not in PEOPLE, or a folder of them for each.")
    ] = None,
    margin: Annotated[
        list[int] | None,
        typer.Option(min=0, max=120, help="Margin around faces, in pixels of 160; 32 if not given. May be repeated."),
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare also with single photos only, and with the mean only.")
    ] = False,
    threshold: Annotated[
        float | None, typer.Option(min=0.1, max=2, help="A threshold instead of the model's own for each margin.")
    ] = None,
    output: Annotated[Path, typer.Option(help="Where to write the picture.")] = PATHS.var / "evaluate.png",
    models_dir: ModelsDir = PATHS.models,
) -> None:
    """Measure how well people are recognised: each photo is looked for among all others."""
    with clear_errors():
        from facepipe.evaluation.leave_one_out import ComparedWith
        from facepipe.evaluation.measurement import EvaluationPlan
        from facepipe.evaluation.measurement import evaluate as measure
        from services.face_detection.crops import MARGIN_PX

        ways = (ComparedWith.BOTH, ComparedWith.PHOTOS, ComparedWith.MEAN) if compare else (ComparedWith.BOTH,)
        plan = EvaluationPlan(people, strangers, list(dict.fromkeys(margin or [MARGIN_PX])), ways, threshold)
        with console().status("looking at the photos …") as status:
            result = measure(plan, models_dir, lambda number, of: status.update(f"looking at photo {number} of {of} …"))
        _show(result, given=strangers is not None)
        _draw(result.measured, output)


def _show(result: "Evaluation", *, given: bool) -> None:
    from facepipe.evaluation import evaluation_report as report

    terminal, first = console(), result.measured[0]
    for line in report.left_out(result.left_out):
        terminal.print(line, highlight=False, markup=False)
    terminal.print(report.about_photos(first, given=given), highlight=False)
    terminal.print(report.each_person(first))
    for line in report.named_strangers(first):
        terminal.print(line, highlight=False, markup=False)
    terminal.print(report.over_thresholds(first))
    if len(result.measured) > 1:
        terminal.print(report.comparison(result.measured))
    terminal.print(report.advice(first), highlight=False)


def _draw(measured: "tuple[Measurement, ...]", output: Path) -> None:
    try:
        from facepipe.evaluation.distance_picture import draw_distances
    except ImportError:
        say("no picture: matplotlib is missing; scripts/evaluate installs it, or pip install matplotlib")
        return
    draw_distances(measured, output)
    say(f"picture: {output}")
