"""The nets' parts in the cascade: what each takes, and what its numbers mean."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.face_detection import boxes as geometry
from services.face_detection.boxes import Boxes, Indices, Scores

Pixels = NDArray[np.uint8]  #: H×W×3, RGB, or H×W×4 with a byte that does not matter, as Pillow keeps photos
Planes = NDArray[np.float32]  #: what a photo gives and a net takes, 0…255: N×h×w×3 for the kernels

CORRECTIONS = 4  #: of a box's corners
STRIP_CELLS = 32  #: rows: measured, see docs/decisions/0008-speed.md


class Photo(Protocol):
    """A photo, prepared for many area resizes of it and of its parts: they come in the order that the nets take."""

    @property
    def height(self) -> int:
        """Return its rows of pixels."""
        ...

    @property
    def width(self) -> int:
        """Return its columns."""
        ...

    def resize(self, height: int, width: int, rows: slice = ...) -> Planes:
        """Return the whole photo at the given size, or only those rows of it."""
        ...

    def crops(self, corners: Indices, side: int) -> Planes:
        """Return parts of the photo at side×side pixels; `corners` as `boxes.crop_corners` gives them."""
        ...


class Net(Protocol):
    """One of the three nets (services/nets/building/mtcnn.py says what goes in and comes out)."""

    def __call__(self, images: Planes, /) -> NDArray[np.float32]:
        """Run what a photo gave through the net: N×outputs, of P-Net those of its cells, row after row."""
        ...


@dataclass(frozen=True, slots=True)
class Candidates:
    """Places that may be faces; row i of each array is candidate i."""

    boxes: Boxes
    scores: Scores  #: probability of being a face
    outputs: NDArray[np.float32]  #: what the last net said beside the score: corrections, landmarks

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
    def columns(self) -> int:
        """Return the cells of a row."""
        return (self.width - 1) // 2 - 4

    @property
    def pixels(self) -> slice:
        """Return the level's rows of pixels that these cells see: each sees 12, two further down than the one above."""
        return slice(2 * self.first, 2 * self.last + 10)


def strips(photo: Photo, scale: float) -> "list[Strip]":
    """Cut the pyramid level of that scale into strips."""
    height, width = int(photo.height * scale + 1), int(photo.width * scale + 1)
    cells = (height - 1) // 2 - 4
    return [
        Strip(height, width, scale, first, min(first + STRIP_CELLS, cells)) for first in range(0, cells, STRIP_CELLS)
    ]


@dataclass(frozen=True, slots=True)
class Cells:
    """P-Net's cells of one strip that may be faces; row i of each array is cell i."""

    strip: Strip
    numbers: Indices  #: counted along the strip's rows
    outputs: NDArray[np.float32]  #: N×5: the logit of being a face, and the corrections


def propose(pnet: Net, photo: Photo, strip: Strip, threshold: np.float32) -> Cells:
    """Look at every 12×12 window of a strip; keep those whose logit is not below the threshold."""
    outputs = pnet(photo.resize(strip.height, strip.width, strip.pixels))
    (numbers,) = (outputs[:, 0] >= threshold).nonzero()
    return Cells(strip, numbers, outputs[numbers])


def windows(found: Iterable[Cells]) -> tuple[Candidates, Scores]:
    """Return the windows in which cells see the photo, and the scale of each one's level."""
    parts = list(found) or [_NO_CELLS]
    counts = [len(part.numbers) for part in parts]
    first = np.repeat([part.strip.first for part in parts], counts)
    columns = np.repeat([part.strip.columns for part in parts], counts)
    scales = np.repeat(np.array([part.strip.scale for part in parts], np.float32), counts)
    rows, columns = np.divmod(np.concatenate([part.numbers for part in parts]), columns)
    outputs = np.concatenate([part.outputs for part in parts])
    boxes = geometry.cells_to_boxes(first + rows, columns, scales)
    return Candidates(boxes, _sigmoid(outputs[:, 0]), outputs[:, 1:]), scales


_NO_CELLS = Cells(Strip(12, 12, 1.0, 0, 0), np.zeros(0, np.intp), np.zeros((0, 1 + CORRECTIONS), np.float32))


@dataclass(frozen=True, slots=True)
class Look:
    """A closer look at candidates, by R- or O-Net."""

    net: Net
    side: int  #: of the crops that the net takes, in pixels
    batch: int  #: crops at a time: more do not fit a processor's cache
    outputs: int  #: numbers that the net gives beside the score
    threshold: np.float32  #: of the logit

    def __call__(self, photo: Photo, corners: Indices) -> NDArray[np.float32]:
        """Return the net's outputs for the parts of the photo at `corners`, one batch."""
        return self.net(photo.crops(corners, self.side))

    def candidates(self, boxes: Boxes, parts: Iterable[NDArray[np.float32]]) -> Candidates:
        """Return the boxes that the net has scored above the threshold, by its outputs for all of them."""
        outputs = np.concatenate([np.zeros((0, 1 + self.outputs), np.float32), *parts])
        (kept,) = (outputs[:, 0] > self.threshold).nonzero()
        return Candidates(boxes[kept], _sigmoid(outputs[kept, 0]), outputs[kept, 1:])


def logit(probability: float) -> np.float32:
    """Return what the nets give for a probability: they leave out the last step, which many cells need not."""
    return np.float32(np.log(probability / (1 - probability)))


def _sigmoid(logits: NDArray[np.float32]) -> Scores:
    scores: Scores = np.reciprocal(1 + np.exp(-logits), dtype=np.float32)
    return scores
