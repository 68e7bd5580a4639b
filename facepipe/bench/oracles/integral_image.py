"""Exact area resizing: the mean of each source window, as torch's `interpolate(mode="area")` takes it.

The images are bytes, so window sums are integers, and a two-dimensional prefix sum gives each with four look-ups.
Three colours share one 64-bit number as 16-bit lanes: a sum over at most 257 pixels fits a lane, and arithmetic
that wraps around still gives the right difference. Larger windows are summed up in parts.
"""

from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  #: H×W×3, RGB
Planes = NDArray[np.float32]  #: N×3×h×w, 0…255
Sums = NDArray[np.uint64]  #: (H+1)×(W+1), a lane for each colour
Windows = tuple[NDArray[np.intp], NDArray[np.intp]]  #: first and past-the-last index of each output's window

BLOCK_ROWS = 32  #: of the photo, summed up at a time: what a processor's cache holds
NARROW_WINDOW = 16  #: pixels a side: 16 × 16 × 255 fits 16 bits


class IntegralImage:
    """One photo, prepared for many area resizes of it and of its parts; several threads may ask at once."""

    def __init__(self, image: Pixels) -> None:
        self.height, self.width = image.shape[:2]
        self._sums = _prefix_sums(image)

    def resize(self, height: int, width: int, rows: slice = slice(None)) -> Planes:
        """Return the whole photo at the given size, 1×3×height×width, or only those rows of it."""
        top, bottom = _windows(np.array([0]), np.array([self.height]), height)
        return self._means((top[:, rows], bottom[:, rows]), _windows(np.array([0]), np.array([self.width]), width))

    def crops(self, corners: NDArray[np.intp], side: int) -> Planes:
        """Return parts of the photo at side×side pixels: N×3×side×side.

        `corners` is N×4: first column, first row, past-the-last column, past-the-last row, inside the photo.
        """
        x1, y1, x2, y2 = corners.T
        rows, columns = _windows(y1, y2, side), _windows(x1, x2, side)
        parts = np.maximum(_parts(rows), _parts(columns))
        planes = np.empty((len(corners), 3, side, side), np.float32)
        for count in np.unique(parts):  # those with small windows must not pay for the others
            alike = parts == count
            planes[alike] = self._means((rows[0][alike], rows[1][alike]), (columns[0][alike], columns[1][alike]))
        return planes

    def _means(self, rows: Windows, columns: Windows) -> Planes:
        heights, widths = rows[1] - rows[0], columns[1] - columns[0]
        scale = 1 / (heights[:, :, None] * widths[:, None, :]).astype(np.float32)
        planes = np.empty((len(heights), 3, heights.shape[1], widths.shape[1]), np.float32)
        lanes = _window_sums(self._sums, rows, columns)
        for colour in range(3):
            np.multiply(lanes[..., colour::4], scale, out=planes[:, colour], casting="unsafe")
        return planes


def _windows(first: NDArray[np.intp], last: NDArray[np.intp], count: int) -> Windows:
    """Split each range into `count` windows that may overlap by a pixel: floor(i·n/o) to ceil((i+1)·n/o)."""
    length = (last - first)[:, None]
    steps = np.arange(count + 1)
    start = first[:, None] + steps[:-1] * length // count
    stop = first[:, None] - (-(steps[1:] * length) // count)
    return start, stop


def _prefix_sums(image: Pixels) -> Sums:
    """Return the sums above and left of each pixel."""
    sums = np.zeros((image.shape[0] + 1, image.shape[1] + 1), np.uint64)
    for start in range(0, len(image), BLOCK_ROWS):
        block = image[start : start + BLOCK_ROWS]
        lanes = np.zeros((*block.shape[:2], 4), np.uint16)
        for colour in range(3):
            lanes[..., colour] = block[..., colour]
        result = sums[start + 1 : start + 1 + len(block), 1:]
        np.cumsum(lanes.view(np.uint64)[..., 0], axis=1, out=result)
        result[0] += sums[start, 1:]
        np.cumsum(result, axis=0, out=result)
    return sums


def _window_sums(sums: Sums, rows: Windows, columns: Windows) -> NDArray[np.uint16] | NDArray[np.uint32]:
    """Return N×h×w·4: each window's sums of red, green, blue, and nothing."""
    parts = max(_parts(rows).max(initial=1), _parts(columns).max(initial=1))
    if parts == 1:
        return _narrow_sums(sums, rows, columns)
    total = np.zeros((*rows[0].shape, columns[0].shape[1] * 4), np.uint32)
    for some_rows, some_columns in product(_split(rows, parts), _split(columns, parts)):
        total += _narrow_sums(sums, some_rows, some_columns)
    return total


def _parts(windows: Windows) -> NDArray[np.intp]:
    """Return, for each row of windows, into how many parts a side the largest must be cut."""
    largest: NDArray[np.intp] = (windows[1] - windows[0]).max(axis=1)
    return -(-largest // NARROW_WINDOW)


def _split(windows: Windows, parts: int) -> list[Windows]:
    first, last = windows
    edges = [first + (last - first) * part // parts for part in range(parts + 1)]
    return list(pairwise(edges))


def _narrow_sums(sums: Sums, rows: Windows, columns: Windows) -> NDArray[np.uint16]:
    (top, bottom), (left, right) = rows, columns
    if len(top) == 1:  # one grid for all: whole rows first, then columns
        band = sums.take(bottom[0], axis=0)
        band -= sums.take(top[0], axis=0)
        result = band.take(right[0], axis=1)
        result -= band.take(left[0], axis=1)
        result = result[None]
    else:
        flat, width = sums.reshape(-1), sums.shape[1]
        top, bottom, left, right = top[:, :, None] * width, bottom[:, :, None] * width, left[:, None], right[:, None]
        result = flat.take(bottom + right)
        result -= flat.take(bottom + left)
        result -= flat.take(top + right)
        result += flat.take(top + left)
    lanes: NDArray[np.uint16] = result.view(np.uint16)
    return lanes
