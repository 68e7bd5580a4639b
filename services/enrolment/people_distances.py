"""How near people and faces are to each other: pure functions of a gallery."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.enrolment.review import person_means, rows_of
from services.face_recognition.embedder import Embeddings
from services.face_recognition.gallery import Gallery

NEAREST = 5  #: people that are named beside a face or a person


@dataclass(frozen=True, slots=True)
class NearPerson:
    """A person, and how near they are."""

    name: str
    distance: float


def nearest_people(gallery: Gallery, faces: Embeddings) -> list[list[NearPerson]]:
    """Return for each face all people, the nearest first: by their nearest photo or the mean of their photos.

    This is how face-recognition compares (`FaceIndex`), which names the first one if the distance is small enough.
    """
    if not gallery.names:
        return [[] for _ in faces]
    people, means = person_means(gallery.names, gallery.embeddings)
    to_photos, to_means = _distances(gallery.embeddings, faces), _distances(means, faces)
    photos = rows_of(gallery.names)
    # The mean of one photo is that photo: it adds nothing.
    best = [np.minimum(to_photos[photos[name]].min(axis=0), to_means[place]) for place, name in enumerate(people)]
    return [
        sorted((NearPerson(name, float(row[face])) for name, row in zip(people, best, strict=True)), key=_by_distance)
        for face in range(len(faces))
    ]


def people_between(gallery: Gallery) -> tuple[list[str], Embeddings]:
    """Return the people, and the distances between the means of their photos."""
    if not gallery.names:
        return [], np.zeros((0, 0), np.float32)
    people, means = person_means(gallery.names, gallery.embeddings)
    between = _distances(means, means)
    np.fill_diagonal(between, 0)
    return people, between


def distances_to_own(gallery: Gallery) -> list[float | None]:
    """Return each photo's distance to the mean of its person's other photos; None where there is no other."""
    found: list[float | None] = [None] * len(gallery.names)
    for rows in rows_of(gallery.names).values():
        if len(rows) > 1:
            for row in rows:
                mean = gallery.embeddings[[other for other in rows if other != row]].mean(axis=0)
                unit = mean / max(float(np.linalg.norm(mean)), 1e-12)
                found[row] = float(np.linalg.norm(unit - gallery.embeddings[row]))
    return found


def _distances(rows: Embeddings, faces: Embeddings) -> Embeddings:
    """Return the distances of rows (first axis) and faces (second axis), all of length 1."""
    distances: Embeddings = np.sqrt(np.maximum(2 - 2 * (rows @ faces.T), 0))
    return distances


def _by_distance(person: NearPerson) -> float:
    return person.distance


def within(people: Sequence[NearPerson], most: int) -> list[dict[str, object]]:
    """Return the first people as JSON, with distances of three decimals."""
    return [{"name": person.name, "distance": round(person.distance, 3)} for person in people[:most]]
