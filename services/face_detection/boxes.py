"""The geometry of MTCNN: boxes in pixels `x1, y1, x2, y2`, float32, one row each.

The formulas, with their additions of one, are those of facenet-pytorch's `detect_face.py`: its results are what
ours are compared with, to the pixel.
"""

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]  #: N×4
Scores = NDArray[np.float32]  #: N
Indices = NDArray[np.intp]

BLOCK = 64  #: rows of the overlap matrix that are computed at a time


def cells_to_boxes(rows: Indices, columns: Indices, scales: Scores) -> Boxes:
    """Return the 12×12 windows in which P-Net's cells see the photo; `scales` are those of their pyramid levels."""
    corner = 2 * np.stack([columns, rows], axis=1).astype(np.float32) + 1
    factor = scales[:, None]
    boxes: Boxes = np.floor(np.concatenate([corner / factor, (corner + 11) / factor], axis=1))
    return boxes


def suppress(boxes: Boxes, scores: Scores, threshold: float, groups: Scores | None = None) -> Indices:
    """Return what non-maximum suppression keeps, best first: no two overlap by more than `threshold` (IoU).

    With `groups`, a number for each box, only boxes of one group suppress each other; the largest number comes first.
    """
    if groups is not None:
        kept = [np.zeros(0, np.intp)]
        for group in np.unique(groups)[::-1]:
            rows = np.flatnonzero(groups == group)
            kept.append(rows[suppress(boxes[rows], scores[rows], threshold)])
        return np.concatenate(kept)
    order = np.argsort(-scores, kind="stable")
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = [order[:0]]
    while len(order):
        best = order[:BLOCK]
        shared = _intersections(boxes[best], boxes[order], 0)
        apart = ~(shared / (areas[best, None] + areas[order] - shared) > np.float32(threshold))
        alive = np.ones(len(order), bool)
        for row, others in enumerate(apart):
            if alive[row]:
                others[row] = True
                alive &= others
        kept.append(best[alive[: len(best)]])
        order = order[len(best) :][alive[len(best) :]]
    return np.concatenate(kept)


def suppress_contained(boxes: Boxes, scores: Scores, threshold: float) -> Indices:
    """As `suppress`, with the overlap measured against the smaller box: finds boxes inside boxes."""
    order = np.argsort(scores)[::-1]
    areas = (boxes[:, 2] - boxes[:, 0] + 1) * (boxes[:, 3] - boxes[:, 1] + 1)
    kept = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        shared = _intersections(boxes[best][None], boxes[order], 1)[0]
        order = order[shared / np.minimum(areas[best], areas[order]) <= threshold]
    return np.array(kept, np.intp)


def correct_cells(boxes: Boxes, corrections: Boxes) -> Boxes:
    """Move corners by P-Net's corrections, in units of the box's size."""
    size = boxes[:, 2:] - boxes[:, :2]
    moved: Boxes = boxes + corrections * np.concatenate([size, size], axis=1)
    return moved


def correct(boxes: Boxes, corrections: Boxes) -> Boxes:
    """Move corners by R- or O-Net's corrections, whose boxes include their last pixel."""
    size = boxes[:, 2:] - boxes[:, :2] + 1
    moved: Boxes = boxes + corrections * np.concatenate([size, size], axis=1)
    return moved


def square(boxes: Boxes) -> Boxes:
    """Grow the shorter side around the box's middle."""
    size = boxes[:, 2:] - boxes[:, :2]
    side = size.max(axis=1, keepdims=True)
    corner = boxes[:, :2] + size * np.float32(0.5) - side * np.float32(0.5)
    return np.concatenate([corner, corner + side], axis=1)


def crop_corners(boxes: Boxes, width: int, height: int) -> Indices:
    """Return the N×4 pixel ranges (first column, first row, past-the-last column and row) of boxes, cut at the edges.

    An empty range means that the box lies outside the photo.
    """
    whole = np.trunc(boxes).astype(np.intp)
    first = np.maximum(whole[:, :2], 1) - 1
    last = np.minimum(whole[:, 2:], [width, height])
    return np.concatenate([first, last], axis=1)


def _intersections(boxes: Boxes, others: Boxes, pixel: int) -> Boxes:
    """Return the M×N shared areas; `pixel` is 1 where boxes include their last pixel."""
    x1, y1, x2, y2 = (np.ascontiguousarray(column) for column in others.T)
    left, top, right, bottom = (column[:, None] for column in boxes.T)
    width = np.minimum(right, x2) - np.maximum(left, x1) + np.float32(pixel)
    height = np.minimum(bottom, y2) - np.maximum(top, y1) + np.float32(pixel)
    shared: Boxes = np.maximum(width, 0) * np.maximum(height, 0)
    return shared
