"""Which of several faces on a photo is the person's: the one that the person's other photos agree on."""

from collections.abc import Sequence

import numpy as np

from services.face_recognition.embedder import Embeddings

ROUNDS = 5  #: enough for a choice to settle; two group photos of the same people could go on for ever


def choose(photos: Sequence[Embeddings], known: Embeddings) -> tuple[int, ...]:
    """Return the index of the person's face on each photo; the first face, where nothing tells them apart.

    `photos` are one person's, each with the embeddings of its faces, at least one. `known` are embeddings of the same
    person from before. Photos with one face, and `known`, decide first; without any, all faces of the other photos do.
    """
    alone = [index for index, faces in enumerate(photos) if len(faces) == 1]
    voters = alone or range(len(photos))
    chosen: list[int] = []
    for index, faces in enumerate(photos):
        others = [photos[other] for other in voters if other != index]
        chosen.append(_nearest(faces, [known, *others]))
    for _ in range(ROUNDS):
        picked = [faces[face][None] for faces, face in zip(photos, chosen, strict=True)]
        again = [_nearest(faces, [known, *picked[:index], *picked[index + 1 :]]) for index, faces in enumerate(photos)]
        if again == chosen:
            break
        chosen = again
    return tuple(chosen)


def _nearest(faces: Embeddings, others: Sequence[Embeddings]) -> int:
    """Return the face that is nearest to the other photos, on average; of each photo, its most similar face counts."""
    if len(faces) == 1:
        return 0
    distances = [_distances(faces, other).min(axis=1) for other in others if len(other)]
    return int(np.argmin(np.mean(distances, axis=0))) if distances else 0


def _distances(faces: Embeddings, others: Embeddings) -> Embeddings:
    """Return the M×N Euclidean distances."""
    distances: Embeddings = np.linalg.norm(faces[:, None] - others[None], axis=2)
    return distances
