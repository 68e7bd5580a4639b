"""`facepipe enrol`: who is to be recognised."""

from collections.abc import Callable
from pathlib import Path

from services.enrol import TUTORIAL_MARGIN_PX, EnrolError, Enrolled, Enroller, from_data_pt, margin_of, people_in, save
from services.face_detection.crops import MARGIN_PX
from services.face_recognition.gallery import Gallery, Model
from services.models import read_manifest

Tell = Callable[[Enrolled], None]


def enrol_people(
    people: Path, gallery: Path, models: Path, *, tell: Tell = lambda _: None, replace: bool = False
) -> Gallery:
    """Add the people in a folder to the gallery file, with its margin; running functions see it at once."""
    photos, manifest = people_in(people), read_manifest(models)
    model = Model(manifest.model_id, manifest.weights_sha256)
    enroller = Enroller.load(models, margin_px=MARGIN_PX if replace else margin_of(gallery, model))
    return save(enroller.gallery(photos, tell), gallery, replace=replace)


def take_over(data: Path, gallery: Path, models: Path, *, model: str | None, replace: bool = False) -> Gallery:
    """Add the people in a `data.pt`, which was made with `model`, to the gallery file."""
    manifest = read_manifest(models)
    if model != manifest.model_id:
        raise EnrolError(
            f"{data.name} does not say which network made it: name it with --model; only embeddings of the model"
            f" in use, {manifest.model_id}, can be taken over{f', not of {model}' if model else ''}"
        )
    new = from_data_pt(
        data, Model(manifest.model_id, manifest.weights_sha256), manifest.threshold(TUTORIAL_MARGIN_PX).distance
    )
    return save(new, gallery, replace=replace)
