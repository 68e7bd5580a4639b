"""Each photo against a gallery of all others: how near its own person is, and how near somebody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from services.face_recognition.embedder import Embeddings

Distances = NDArray[np.float32]


class ComparedWith(Enum):
    """What of an enrolled person a face is compared with."""

    PHOTOS = "photos"
    MEAN = "mean"
    BOTH = "both"  #: whichever is nearer, as face-recognition does


@dataclass(frozen=True, slots=True)
class FaceSet:
    """Faces, a row each: whose, and what the photo is called."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    embeddings: Embeddings


@dataclass(frozen=True, slots=True)
class Trials:
    """Row i of each array is photo i: each was left out of the gallery in turn."""

    names: tuple[str, ...]
    own: Distances  #: to the person's other photos; infinite where there is none
    other: Distances  #: to the nearest other person; infinite where there is none
    nearest: tuple[str, ...]  #: who that is

    @property
    def possible(self) -> NDArray[np.bool_]:
        """Which photos could be recognised: those of people with another photo."""
        return np.isfinite(self.own)


@dataclass(frozen=True, slots=True)
class TrialCounts:
    """What came out at one threshold, of the photos that could be recognised."""

    right: int
    wrong: int
    unknown: int

    @property
    def photos(self) -> int:
        """How many there were."""
        return self.right + self.wrong + self.unknown


@dataclass(frozen=True, slots=True)
class Strangers:
    """Photos of people who are not enrolled: whose, and how near the nearest enrolled person is."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    distances: Distances
    nearest: tuple[str, ...]

    def each(self) -> dict[str, float]:
        """Return the smallest distance of each stranger: a stranger with several photos counts once."""
        smallest: dict[str, float] = {}
        for name, distance in zip(self.names, self.distances, strict=True):
            smallest[name] = min(float(distance), smallest.get(name, np.inf))
        return smallest

    def named(self, threshold: float) -> int:
        """Return how many strangers get a name, on any of their photos."""
        return sum(distance < threshold for distance in self.each().values())


def leave_one_out(faces: FaceSet, compared_with: ComparedWith) -> Trials:
    """Compare each photo with all others."""
    people = list(dict.fromkeys(faces.names))
    person = np.array([people.index(name) for name in faces.names])
    rows = np.arange(len(person))
    to_people = _to_people(faces.embeddings, person, len(people), compared_with)
    own = to_people[rows, person]
    to_people[rows, person] = np.inf
    closest = to_people.argmin(axis=1)
    return Trials(faces.names, own, to_people[rows, closest], tuple(people[index] for index in closest))


def among_strangers(trials: Trials, labels: Sequence[str]) -> Strangers:
    """Take everybody as a stranger to all others: what there is to go by when no photos of strangers are given."""
    return Strangers(trials.names, tuple(labels), trials.other, trials.nearest)


def strangers_against(faces: FaceSet, strangers: FaceSet, compared_with: ComparedWith) -> Strangers:
    """Compare photos of strangers with everybody."""
    people = list(dict.fromkeys(faces.names))
    person = np.array([people.index(name) for name in faces.names])
    distances = _nearest(strangers.embeddings, faces.embeddings, person, len(people), compared_with)
    closest = distances.argmin(axis=1)
    smallest = distances[np.arange(len(closest)), closest]
    return Strangers(strangers.names, strangers.labels, smallest, tuple(people[index] for index in closest))


def counts_at(trials: Trials, threshold: float) -> TrialCounts:
    """Count what face-recognition would answer."""
    own, other = trials.own[trials.possible], trials.other[trials.possible]
    right = int(((own < threshold) & (own <= other)).sum())
    wrong = int(((other < threshold) & (other < own)).sum())
    return TrialCounts(right, wrong, len(own) - right - wrong)


def _to_people(rows: Embeddings, person: NDArray[np.intp], people: int, compared_with: ComparedWith) -> Distances:
    """Return the N×P distances of photos to people, each photo left out of its own person."""
    result = _nearest(rows, rows, person, people, compared_with)
    for index in range(len(rows)):
        own = np.flatnonzero(person == person[index])
        others = own[own != index]
        alone = np.zeros(len(others), np.intp)
        left = _nearest(rows[index : index + 1], rows[others], alone, 1, compared_with) if len(others) else np.inf
        result[index, person[index]] = np.min(left)
    return result


def _nearest(
    probes: Embeddings, rows: Embeddings, person: NDArray[np.intp], people: int, compared_with: ComparedWith
) -> Distances:
    """Return the M×P distances of probes to people."""
    result = np.full((len(probes), people), np.inf, np.float32)
    for index in range(people):
        own = rows[person == index]
        mean = own.mean(axis=0, keepdims=True)
        mean /= max(float(np.linalg.norm(mean)), 1e-12)
        targets = {
            ComparedWith.PHOTOS: own,
            ComparedWith.MEAN: mean,
            ComparedWith.BOTH: np.concatenate([own, mean]),
        }[compared_with]
        result[:, index] = np.sqrt(np.maximum(2 - 2 * (probes @ targets.T).max(axis=1), 0))
    return result
