"""The nets' parts in the cascade: what each takes, and what its numbers mean."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.face_detection import boxes as geometry
from services.face_detection.boxes import Boxes, Indices, Scores
from services.face_detection.pyramid import IntegralImage, Planes

STRIP_CELLS = 32  #: rows: measured, see docs/decisions/0008-speed.md


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
    def none(outputs: int) -> "Candidates":
        """Return no candidates, with so many outputs each."""
        return Candidates(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, outputs), np.float32))

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


@dataclass(frozen=True, slots=True)
class Strip:
    """Some of P-Net's rows of cells over one pyramid level: what is computed on fits a processor's cache."""

    height: int  #: of the level, in pixels
    width: int
    scale: float  #: of the level
    first: int  #: row of cells
    last: int  #: past the last row of cells

    @property
    def pixels(self) -> slice:
        """Return the level's rows of pixels that these cells see: each sees 12, two further down than the one above."""
        return slice(2 * self.first, 2 * self.last + 10)


def strips(photo: IntegralImage, scale: float) -> "list[Strip]":
    """Cut the pyramid level of that scale into strips."""
    height, width = int(photo.height * scale + 1), int(photo.width * scale + 1)
    cells = (height - 1) // 2 - 4
    return [
        Strip(height, width, scale, first, min(first + STRIP_CELLS, cells)) for first in range(0, cells, STRIP_CELLS)
    ]


def propose(pnet: Net, photo: IntegralImage, strip: Strip, threshold: float) -> Candidates:
    """Look at every 12×12 window of a strip."""
    output = pnet(photo.resize(strip.height, strip.width, strip.pixels))[0]
    rows, columns = np.nonzero(output[0] >= _logit(threshold))
    picked = output[:, rows, columns].T
    cells = geometry.cells_to_boxes(rows + strip.first, columns, strip.scale)
    return Candidates(cells, _sigmoid(picked[:, 0]), picked[:, 1:])


@dataclass(frozen=True, slots=True)
class Look:
    """A closer look at candidates, by R- or O-Net."""

    net: Net
    side: int  #: of the crops that the net takes, in pixels
    batch: int  #: crops at a time: more do not fit a processor's cache
    outputs: int  #: numbers that the net gives beside the score
    threshold: float

    def __call__(self, photo: IntegralImage, corners: Indices, candidates: Candidates) -> Candidates:
        """Cut out one batch of candidates at `corners` and keep those above the threshold."""
        output = self.net(photo.crops(corners, self.side))
        kept = np.flatnonzero(output[:, 0] > _logit(self.threshold))
        return Candidates(candidates.boxes[kept], _sigmoid(output[kept, 0]), output[kept, 1:])


def _logit(probability: float) -> np.float32:
    return np.float32(np.log(probability / (1 - probability)))


def _sigmoid(logits: NDArray[np.float32]) -> Scores:
    scores: Scores = np.reciprocal(1 + np.exp(-logits), dtype=np.float32)
    return scores
