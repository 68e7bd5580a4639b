"""Measures how well people are recognised, with each margin and each way of comparing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from facepipe.evaluation.evaluation_report import Measurement
from facepipe.evaluation.leave_one_out import (
    ComparedWith,
    among_strangers,
    leave_one_out,
    strangers_against,
)
from facepipe.evaluation.read import ReadFaces, Step, read_people, read_strangers
from services.enrolment.faces import FaceReader
from services.enrolment.people_folder import EnrolError, people_in
from services.nets.model_files import read_manifest


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """What is to be measured."""

    people: Path
    strangers: Path | None
    margins_px: Sequence[int]
    compared_with: Sequence[ComparedWith]
    threshold: float | None  #: instead of the model's own for each margin


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came out."""

    measured: tuple[Measurement, ...]
    left_out: tuple[str, ...]  #: photos that do not count, and why


def evaluate(plan: EvaluationPlan, models: Path, step: Step) -> Evaluation:
    """Look at all photos and measure; `EnrolError` when there is nothing to compare."""
    folder, manifest = people_in(plan.people), read_manifest(models)
    reader = FaceReader.load(models)
    people = read_people(reader, folder.photos, plan.margins_px, step)
    strangers = read_strangers(reader, plan.strangers, plan.margins_px, people, step) if plan.strangers else None
    if len(set(people.by_margin[plan.margins_px[0]].names)) < 2:
        raise EnrolError(f"{plan.people} needs photos of at least two people on which a face is found")
    measured = [
        _measure(people, strangers, (margin_px, way), plan.threshold or manifest.threshold(margin_px).distance)
        for margin_px in plan.margins_px
        for way in plan.compared_with
    ]
    unread = [f"{path.parent.name}/{path.name}: {reason}" for path, reason in folder.unread]
    left_out = people.left_out + (strangers.left_out if strangers else ())
    return Evaluation(tuple(measured), tuple(unread) + left_out)


def _measure(
    people: ReadFaces, strangers: ReadFaces | None, way: tuple[int, ComparedWith], threshold: float
) -> Measurement:
    margin_px, compared_with = way
    faces = people.by_margin[margin_px]
    trials = leave_one_out(faces, compared_with)
    if strangers:
        others = strangers_against(faces, strangers.by_margin[margin_px], compared_with)
    else:
        others = among_strangers(trials, faces.labels)
    return Measurement(margin_px, compared_with, threshold, trials, others)
