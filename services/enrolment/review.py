"""What looks wrong about enrolled photos: pure functions of names and embeddings.

The limits were measured with casia-webface on 92 photos of 28 people. Two photos of one person are 0.73 apart in the
middle, two of different people 1.41. The means of two different people were never nearer than 1.03 (margin 0: 1.04).
docs/people.md says how often what is wrong is found with them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.face_recognition.embedder import Embeddings

SAME_PHOTO = 0.1  #: saved anew as JPEG (quality 95): 0.04 in the middle; neighbouring frames of a video: from 0.12 on
ONE_PERSON = 0.9  #: between the means of two people
BLOCK = 64  #: photos whose distances to all others are in memory at a time


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
    names, found = np.array(rows.names), dict[int, int]()
    for row, distances in _to_all(rows.embeddings, rows.embeddings[first_new:], first_new):
        before = distances[:row]
        same = np.flatnonzero(before < SAME_PHOTO)
        if len(same):
            # Under the person's own name first: that one is harmless.
            own = same[names[same] == rows.names[row]]
            candidates = own if len(own) else same
            found[row] = int(candidates[np.argmin(before[candidates])])
    return found


def remarks(rows: PhotoRows, first_new: int, *, threshold: float, pairs: Sequence[Pair]) -> dict[int, str]:
    """Return what is odd about rows from `first_new` on; `pairs` are not named again photo by photo.

    People are compared by the means of their photos, so that a photo in the wrong folder makes only itself odd, and
    not the photos of the person who is on it.
    """
    paired = {frozenset((pair.first, pair.second)) for pair in pairs}
    people, means = person_means(rows.names, rows.embeddings)
    position, photos = {name: index for index, name in enumerate(people)}, rows_of(rows.names)
    found: dict[int, str] = {}
    for row, distances in _to_all(means, rows.embeddings[first_new:], first_new):
        name = rows.names[row]
        own = [other for other in photos[name] if other != row]
        if not own:
            continue
        mine, nearest = _distances_to_own(rows.embeddings[own], rows.embeddings[row])
        distances[position[name]] = np.inf
        other = int(np.argmin(distances))
        if distances[other] < mine and frozenset((people[other], name)) not in paired:
            found[row] = (
                f"nearer to {people[other]} ({distances[other]:.2f}) than to the other photos of {name} ({mine:.2f})"
            )
        elif min(mine, nearest) >= threshold:  # by its other photos, the person would not be recognised on this one
            found[row] = f"unlike the other photos of {name} ({min(mine, nearest):.2f}): is it the right person?"
    return found


def same_person(rows: PhotoRows, new: frozenset[str]) -> tuple[Pair, ...]:
    """Return the pairs of names, at least one of them in `new`, that may be one person, the likeliest first."""
    people, means = person_means(rows.names, rows.embeddings)
    wanted = [index for index, name in enumerate(people) if name in new]
    found: dict[frozenset[str], Pair] = {}
    for place, distances in _to_all(means, means[wanted], 0):
        name = people[wanted[place]]
        for other in np.flatnonzero(distances < ONE_PERSON):
            if people[other] != name:
                first, second = sorted((name, people[other]))
                found[frozenset((first, second))] = Pair(first, second, float(distances[other]))
    return tuple(sorted(found.values(), key=lambda pair: pair.distance))


def person_means(names: Sequence[str], embeddings: Embeddings) -> tuple[list[str], Embeddings]:
    """Return the people, and for each the mean of their embeddings, of length 1."""
    if not names:
        return [], embeddings
    people, person, photos = np.unique(np.array(names), return_inverse=True, return_counts=True)
    first = np.concatenate([[0], np.cumsum(photos)[:-1]])
    sums = np.add.reduceat(embeddings[np.argsort(person, kind="stable")], first, axis=0)
    means: Embeddings = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return [str(name) for name in people], means


def rows_of(names: Sequence[str]) -> dict[str, list[int]]:
    """Return each person's rows."""
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(name, []).append(row)
    return rows


def _distances_to_own(own: Embeddings, embedding: NDArray[np.float32]) -> tuple[float, float]:
    """Return a photo's distances to the mean of its person's others, and to the nearest of them."""
    mean = own.mean(axis=0)
    mean /= max(float(np.linalg.norm(mean)), 1e-12)
    return float(np.linalg.norm(mean - embedding)), float(np.linalg.norm(own - embedding, axis=1).min())


def _to_all(targets: Embeddings, probes: Embeddings, first: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield the number of each probe, counted from `first`, and its distances to all targets, of length 1 as it is."""
    for start in range(0, len(probes), BLOCK):
        products = targets @ probes[start : start + BLOCK].T
        for column in range(products.shape[1]):
            yield first + start + column, np.sqrt(np.maximum(2 - 2 * products[:, column], 0))
