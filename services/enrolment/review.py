"""What looks wrong about enrolled photos: pure functions of names and embeddings.

The limits were measured with casia-webface on 92 photos of 28 people. Two photos of one person are 0.73 apart in the
middle, two of different people 1.41. The means of two different people were never nearer than 1.03 (margin 0: 1.04).
docs/people.md says how often what is wrong is found with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.face_recognition.embedder import Embeddings

SAME_PHOTO = 0.1  #: saved anew as JPEG (quality 95): 0.04 in the middle; neighbouring frames of a video: from 0.12 on
ONE_PERSON = 0.9  #: between the means of two people
BLOCK = 256  #: rows whose distances to all others are in memory at a time


@dataclass(frozen=True, slots=True)
class PhotoRows:
    """Enrolled photos: of each its person, what it is called, and its embedding."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    embeddings: Embeddings


@dataclass(frozen=True, slots=True)
class Pair:
    """Two names that may belong to one person."""

    first: str
    second: str
    distance: float  #: between the means of their photos


def repeats(rows: PhotoRows, first_new: int) -> dict[int, int]:
    """Return which rows from `first_new` on show the same photo as a row before them, and which row that is."""
    found: dict[int, int] = {}
    for row in range(max(first_new, 1), len(rows.names)):
        distances = np.linalg.norm(rows.embeddings[:row] - rows.embeddings[row], axis=1)
        # Under the person's own name first: that one is harmless.
        own = np.array([name == rows.names[row] for name in rows.names[:row]])
        for candidates in (np.flatnonzero(own), np.flatnonzero(~own)):
            if len(candidates) and distances[candidates].min() < SAME_PHOTO:
                found[row] = int(candidates[np.argmin(distances[candidates])])
                break
    return found


def remarks(rows: PhotoRows, first_new: int, *, threshold: float, pairs: Sequence[Pair]) -> dict[int, str]:
    """Return what is odd about rows from `first_new` on; `pairs` are not named again photo by photo.

    People are compared by the means of their photos, so that a photo in the wrong folder makes only itself odd, and
    not the photos of the person who is on it.
    """
    paired = {frozenset((pair.first, pair.second)) for pair in pairs}
    people = list(dict.fromkeys(rows.names))
    means = person_means(rows.names, rows.embeddings, people)
    found: dict[int, str] = {}
    for row in range(first_new, len(rows.names)):
        name = rows.names[row]
        own = [other for other, person in enumerate(rows.names) if person == name and other != row]
        if not own:
            continue
        mine, nearest = _distances_to_own(rows.embeddings[own], rows.embeddings[row])
        distances = np.linalg.norm(means - rows.embeddings[row], axis=1)
        distances[people.index(name)] = np.inf
        other = int(np.argmin(distances))
        if distances[other] < mine and frozenset((people[other], name)) not in paired:
            found[row] = (
                f"nearer to {people[other]} ({distances[other]:.2f}) than to the other photos of {name} ({mine:.2f})"
            )
        elif min(mine, nearest) >= threshold:  # by its other photos, the person would not be recognised on this one
            found[row] = f"unlike the other photos of {name} ({min(mine, nearest):.2f}): is it the right person?"
    return found


def _distances_to_own(own: Embeddings, embedding: NDArray[np.float32]) -> tuple[float, float]:
    """Return a photo's distances to the mean of its person's others, and to the nearest of them."""
    mean = own.mean(axis=0)
    mean /= max(float(np.linalg.norm(mean)), 1e-12)
    return float(np.linalg.norm(mean - embedding)), float(np.linalg.norm(own - embedding, axis=1).min())


def same_person(rows: PhotoRows, new: frozenset[str]) -> tuple[Pair, ...]:
    """Return the pairs of names, at least one of them in `new`, that may be one person, the likeliest first."""
    people = list(dict.fromkeys(rows.names))
    means = person_means(rows.names, rows.embeddings, people)
    found: list[Pair] = []
    for start in range(0, len(people), BLOCK):
        similarity = means[start : start + BLOCK] @ means.T
        distances = np.sqrt(np.maximum(2 - 2 * similarity, 0))
        for i, j in np.argwhere(distances < ONE_PERSON):
            first, second = start + int(i), int(j)
            if first < second and (people[first] in new or people[second] in new):
                found.append(Pair(people[first], people[second], float(distances[i, j])))
    return tuple(sorted(found, key=lambda pair: pair.distance))


def person_means(names: Sequence[str], embeddings: Embeddings, people: Sequence[str]) -> Embeddings:
    """Return one embedding for each of `people`: the mean of theirs, of length 1."""
    position = {name: index for index, name in enumerate(people)}
    sums = np.zeros((len(people), embeddings.shape[1]), np.float32)
    np.add.at(sums, [position[name] for name in names], embeddings)
    means: Embeddings = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return means
