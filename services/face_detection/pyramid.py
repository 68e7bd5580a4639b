"""Exact area resizing: the mean of each source window, as torch's `interpolate(mode="area")` takes it.

The images are bytes, so window sums are integers, and a two-dimensional prefix sum gives each with four look-ups.
Three colours share one 64-bit number as 16-bit lanes: a sum over at most 257 pixels fits a lane, and arithmetic
that wraps around still gives the right difference. Larger windows use lanes of 32 bits.
"""

from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  #: H×W×3, RGB
Planes = NDArray[np.float32]  #: N×3×h×w, 0…255
Windows = tuple[NDArray[np.intp], NDArray[np.intp]]  #: first and past-the-last index of each output's window

NARROW_WINDOW = 257  #: pixels: 257 × 255 is the largest sum that fits 16 bits


class IntegralImage:
    """One photo, prepared for many area resizes of it and of its parts."""

    def __init__(self, image: Pixels) -> None:
        self._image = image
        self.height, self.width = image.shape[:2]

    def resize(self, height: int, width: int) -> Planes:
        """Return the whole photo at the given size: 1×3×height×width."""
        rows, columns = (
            _windows(np.array([0]), np.array([self.height]), height),
            _windows(np.array([0]), np.array([self.width]), width),
        )
        return self._means(rows, columns)

    def crops(self, corners: NDArray[np.intp], side: int) -> Planes:
        """Return parts of the photo at side×side pixels: N×3×side×side.

        `corners` is N×4: first column, first row, past-the-last column, past-the-last row, inside the photo.
        """
        x1, y1, x2, y2 = corners.T
        return self._means(_windows(y1, y2, side), _windows(x1, x2, side))

    def _means(self, rows: Windows, columns: Windows) -> Planes:
        heights, widths = rows[1] - rows[0], columns[1] - columns[0]
        scale = 1 / (heights[:, :, None] * widths[:, None, :]).astype(np.float32)
        planes = np.empty((len(heights), 3, heights.shape[1], widths.shape[1]), np.float32)
        if heights.max(initial=0) * widths.max(initial=0) <= NARROW_WINDOW:
            lanes = _window_sums(self._narrow, rows, columns).view(np.uint16)
            for colour in range(3):
                np.multiply(lanes[..., colour::4], scale, out=planes[:, colour])
            return planes
        red_green = _window_sums(self._wide[0], rows, columns).view(np.uint32)
        blue = _window_sums(self._wide[1], rows, columns).view(np.uint32)
        for colour, lane in enumerate((red_green[..., 0::2], red_green[..., 1::2], blue[..., 0::2])):
            np.multiply(lane, scale, out=planes[:, colour], casting="unsafe")
        return planes

    @cached_property
    def _narrow(self) -> NDArray[np.uint64]:
        image = self._image.astype(np.uint64)
        return _prefix_sums(image[..., 0] | image[..., 1] << np.uint64(16) | image[..., 2] << np.uint64(32))

    @cached_property
    def _wide(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        image = self._image.astype(np.uint64)
        return _prefix_sums(image[..., 0] | image[..., 1] << np.uint64(32)), _prefix_sums(image[..., 2])


def _windows(first: NDArray[np.intp], last: NDArray[np.intp], count: int) -> Windows:
    """Split each range into `count` windows that may overlap by a pixel: floor(i·n/o) to ceil((i+1)·n/o)."""
    length = (last - first)[:, None]
    steps = np.arange(count + 1)
    start = first[:, None] + steps[:-1] * length // count
    stop = first[:, None] - (-(steps[1:] * length) // count)
    return start, stop


def _prefix_sums(lanes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    sums = np.zeros((lanes.shape[0] + 1, lanes.shape[1] + 1), np.uint64)
    np.cumsum(lanes, axis=0, out=sums[1:, 1:])
    np.cumsum(sums[1:, 1:], axis=1, out=sums[1:, 1:])
    return sums


def _window_sums(sums: NDArray[np.uint64], rows: Windows, columns: Windows) -> NDArray[np.uint64]:
    (top, bottom), (left, right) = rows, columns
    if len(top) == 1:  # one grid for all: whole rows first, then columns
        band = sums[bottom[0]] - sums[top[0]]
        result = (band[:, right[0]] - band[:, left[0]])[None]
    else:
        top, bottom, left, right = top[:, :, None], bottom[:, :, None], left[:, None, :], right[:, None, :]
        result = sums[bottom, right] - sums[bottom, left] - sums[top, right] + sums[top, left]
    return cast("NDArray[np.uint64]", np.ascontiguousarray(result))
