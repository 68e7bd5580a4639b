"""`facepipe enrol`: who is to be recognised."""

from collections.abc import Callable
from pathlib import Path

from services.enrol import Enrolled, Enroller, EnrolError, from_data_pt, people_in, save
from services.face_recognition.gallery import Gallery, Model
from services.models import read_manifest


def enrol(
    people: Path, gallery: Path, models: Path, *, tell: Callable[[Enrolled], None], replace: bool, model: str | None
) -> Gallery:
    """Add the people in a folder, or in a `data.pt`, to the gallery file; running functions see it at once."""
    if people.suffix == ".pt":
        manifest = read_manifest(models)
        if model != manifest.model_id:
            raise EnrolError(
                f"{people.name} does not say which network made it: name it with --model; only embeddings of the model"
                f" in use, {manifest.model_id}, can be taken over{f', not of {model}' if model else ''}"
            )
        new = from_data_pt(people, Model(manifest.model_id, manifest.weights_sha256), manifest.threshold)
    else:
        photos = people_in(people)
        new = Enroller.load(models).gallery(photos, tell)
    return save(new, gallery, replace=replace)
