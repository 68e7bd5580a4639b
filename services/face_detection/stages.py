"""The nets' parts in the cascade: what each takes, and what its numbers mean."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.face_detection import boxes as geometry
from services.face_detection.boxes import Boxes, Indices, Scores
from services.face_detection.pyramid import Planes


class Net(Protocol):
    """One of the three nets (images/models/mtcnn.py says what goes in and comes out)."""

    def __call__(self, images: Planes, /) -> NDArray[np.float32]:
        """Run N×3×H×W, 0…255, through the net."""
        ...


@dataclass(frozen=True, slots=True)
class Candidates:
    """Places that may be faces; row i of each array is candidate i."""

    boxes: Boxes
    scores: Scores  #: probability of being a face
    outputs: NDArray[np.float32]  #: what the last net said beside the score: corrections, landmarks

    @staticmethod
    def none() -> "Candidates":
        """Return no candidates, in P-Net's shapes."""
        return Candidates(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 4), np.float32))

    @staticmethod
    def join(parts: "Sequence[Candidates]") -> "Candidates":
        """Return all parts' candidates in order."""
        return Candidates(
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.outputs for part in parts]),
        )

    def take(self, rows: Indices) -> "Candidates":
        """Return the candidates of these rows, in their order."""
        return Candidates(self.boxes[rows], self.scores[rows], self.outputs[rows])

    def moved(self, boxes: Boxes) -> "Candidates":
        """Return the same candidates at other places."""
        return replace(self, boxes=boxes)


def propose(pnet: Net, level: Planes, scale: float, threshold: float) -> Candidates:
    """Look at every 12×12 window of one pyramid level, 1×3×h×w."""
    output = pnet(level)[0]
    rows, columns = np.nonzero(output[0] >= _logit(threshold))
    picked = output[:, rows, columns].T
    return Candidates(geometry.cells_to_boxes(rows, columns, scale), _sigmoid(picked[:, 0]), picked[:, 1:])


def classify(net: Net, crops: Planes, candidates: Candidates, *, threshold: float, batch: int) -> Candidates:
    """Look at each candidate's crop, `batch` at a time, and keep those above the threshold."""
    if not len(crops):
        return replace(candidates, outputs=np.zeros((0, 14), np.float32))
    output = np.concatenate([net(crops[start : start + batch]) for start in range(0, len(crops), batch)])
    kept = np.flatnonzero(output[:, 0] > _logit(threshold))
    return Candidates(candidates.boxes[kept], _sigmoid(output[kept, 0]), output[kept, 1:])


def _logit(probability: float) -> np.float32:
    return np.float32(np.log(probability / (1 - probability)))


def _sigmoid(logits: NDArray[np.float32]) -> Scores:
    scores: Scores = np.reciprocal(1 + np.exp(-logits), dtype=np.float32)
    return scores
