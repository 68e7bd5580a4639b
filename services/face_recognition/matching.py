"""Who a face is closest to: a gallery made ready to be searched, for many faces at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.contract import UNKNOWN
from services.face_recognition.embedder import WIDTH, Embeddings
from services.face_recognition.gallery import Gallery


@dataclass(frozen=True, slots=True)
class Match:
    """The person whom a face is closest to."""

    name: str  #: `UNKNOWN` beyond the threshold
    distance: float  #: Euclidean, between unit vectors: 0…2; infinite in an empty gallery
    nearest: str = ""  #: whoever is closest, also beyond the threshold


@dataclass(frozen=True, slots=True)
class _Rows:
    """Embeddings that faces are compared with."""

    names: tuple[str, ...]
    embeddings: Embeddings
    half_squares: NDArray[np.float32]  #: half of each row's squared length

    @staticmethod
    def of(names: tuple[str, ...], embeddings: Embeddings) -> "_Rows":
        return _Rows(names, embeddings, np.einsum("ij,ij->i", embeddings, embeddings) / 2)

    def nearest(self, faces: Embeddings) -> list[tuple[float, str]]:
        """Return the distance and name of the row that is closest to each face.

        |row - face|² is smallest where row·face - |row|²/2 is largest: one matrix product for all faces.
        """
        rows = np.argmax(self.embeddings @ faces.T - self.half_squares[:, None], axis=0)
        distances = np.linalg.norm(self.embeddings[rows] - faces, axis=1)
        return [(float(distance), self.names[row]) for distance, row in zip(distances, rows, strict=True)]


@dataclass(frozen=True, slots=True)
class FaceIndex:
    """A gallery, and beside each person's photos the mean of them: a face is closest to a photo or to a mean.

    The mean of several photos of a person recognises more photos than these alone, at as many false names
    (docs/decisions/0011-margin-and-threshold.md).
    """

    gallery: Gallery
    _parts: tuple[_Rows, ...]

    @staticmethod
    def of(gallery: Gallery) -> "FaceIndex":
        """Make a gallery ready; its embeddings are not copied."""
        parts = (_Rows.of(gallery.names, gallery.embeddings), _means(gallery))
        return FaceIndex(gallery, tuple(part for part in parts if part.names))

    def match(self, faces: Embeddings, threshold: float | None = None) -> list[Match]:
        """Return who each face (a row of length 1) is closest to; `threshold` overrides the gallery's own."""
        if not self._parts:
            return [Match(UNKNOWN, float("inf")) for _ in faces]
        limit = self.gallery.threshold if threshold is None else threshold
        nearest = [part.nearest(faces) for part in self._parts]
        best = [min(of_face) for of_face in zip(*nearest, strict=True)]
        return [Match(name if distance < limit else UNKNOWN, distance, name) for distance, name in best]


def _means(gallery: Gallery) -> _Rows:
    """Return the mean embedding, of length 1, of everybody who has several photos."""
    if not gallery.names:
        return _Rows.of((), np.zeros((0, WIDTH), np.float32))
    people, person, photos = np.unique(np.array(gallery.names), return_inverse=True, return_counts=True)
    first = np.concatenate([[0], np.cumsum(photos)[:-1]])
    sums = np.add.reduceat(gallery.embeddings[np.argsort(person, kind="stable")], first, axis=0)[photos > 1]
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    means = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
    return _Rows.of(tuple(str(name) for name in people[photos > 1]), means)
