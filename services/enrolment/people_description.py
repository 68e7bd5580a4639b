"""A gallery as the service's answer describes it: people, their photos, and distances."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.enrolment.gallery_file import photo_ids
from services.enrolment.kept_faces import KeptFaces
from services.enrolment.people_distances import NEAREST, distances_to_own, people_between
from services.enrolment.review import ONE_PERSON
from services.face_recognition.gallery import Gallery

SHOWN_BETWEEN = 40  #: of more people, only the nearest of each are described, and not all distances


def describe(gallery: Gallery, kept: KeptFaces) -> dict[str, Any]:
    """Return a gallery as JSON: people, their photos, and distances."""
    names, between = people_between(gallery)
    notes, own = kept.notes(), distances_to_own(gallery)
    photos: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for name, photo, to_own in zip(gallery.names, photo_ids(gallery), own, strict=True):
        note = notes.get(photo)
        facts = {"id": photo, "to_own": None if to_own is None else round(to_own, 3), "picture": note is not None}
        told = {"file_name": note.file_name, "added_at": note.added_at} if note else {}
        photos[name].append({**facts, **told})
    people = [
        {"name": name, "photos": photos[name], "nearest": _others(names, between[place], place)}
        for place, name in enumerate(names)
    ]
    shown = [[round(float(value), 3) for value in row] for row in between] if len(names) <= SHOWN_BETWEEN else None
    limits = {"threshold": gallery.threshold, "margin": gallery.margin_px, "one_person": ONE_PERSON}
    return {"people": people, "between": shown, "model": gallery.model.model_id, **limits}


def _others(names: Sequence[str], distances: NDArray[np.float32], own: int) -> list[dict[str, object]]:
    order = [place for place in np.argsort(distances, kind="stable") if place != own]
    return [{"name": names[place], "distance": round(float(distances[place]), 3)} for place in order[:NEAREST]]
