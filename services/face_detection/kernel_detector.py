"""MTCNN on the kernels: the three nets, and the work on pixels and boxes between them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.face_detection.boxes import Boxes, Indices, Scores
from services.face_detection.detector import MtcnnDetector
from services.face_detection.pixels import PIXEL_BYTES
from services.face_detection.stages import Pixels
from services.nets.cpus import available_cpus
from services.nets.kernel_library import Kernels, load_kernels
from services.nets.kernel_net import Images, KernelNet


def load_detector(models: Path, *, threads: int | None = None) -> MtcnnDetector:
    """Load the cascade; `ModelError` when it is not there or damaged.

    `threads`: without a number, as many as there are CPUs. Each net runs on one thread and several photo parts are
    looked at at once: that beats threads inside the nets, which wait for each other many times a photo.
    """
    threads = threads or available_cpus()
    kernels = load_kernels(models)
    pnet, rnet, onet = (KernelNet.load(models, name, kernels) for name in ("pnet", "rnet", "onet"))
    return MtcnnDetector(
        pnet=_per_cell(pnet),
        rnet=_per_image(rnet),
        onet=_per_image(onet),
        spread=ThreadPoolExecutor(threads).map if threads > 1 else map,
        photo=partial(KernelPhoto.prepare, kernels),
        suppress=partial(suppress, kernels),
    )


@dataclass(frozen=True, slots=True)
class KernelPhoto:
    """One photo, of which the kernels make area resizes: a window's mean is exact."""

    kernels: Kernels
    height: int
    width: int
    pixels: NDArray[np.uint8]  #: height×width×4
    address: int  #: of the pixels: NumPy takes as long to say it as a kernel takes for a crop

    @staticmethod
    def prepare(kernels: Kernels, image: Pixels) -> "KernelPhoto":
        """Take a uint8 image, height×width×4 as it is, or widen one of ×3."""
        pixels = np.ascontiguousarray(image)
        height, width, colours = pixels.shape
        if colours != PIXEL_BYTES:
            narrow, pixels = pixels, np.empty((height, width, PIXEL_BYTES), np.uint8)
            kernels.widen_pixels(narrow.ctypes.data, height * width, pixels.ctypes.data)
        return KernelPhoto(kernels, height, width, pixels, pixels.ctypes.data)

    def resize(self, height: int, width: int, rows: slice = slice(None)) -> Images:
        """Return the whole photo at the given size, 1×height×width×3, or only those rows of it."""
        first, last, _ = rows.indices(height)
        result = np.empty((1, last - first, width, 3), np.float32)
        photo = self.address, self.height, self.width
        self.kernels.resize_photo(*photo, height, width, first, last, result.ctypes.data)
        return result

    def crops(self, corners: Indices, side: int) -> Images:
        """Return parts of the photo at side×side pixels, N×side×side×3; `corners` as of `boxes.crop_corners`."""
        corners = np.ascontiguousarray(corners, np.int64)
        result = np.empty((len(corners), side, side, 3), np.float32)
        parts = corners.ctypes.data, len(corners)
        self.kernels.crop_photo(self.address, self.width, *parts, side, result.ctypes.data)
        return result


def suppress(kernels: Kernels, boxes: Boxes, scores: Scores, threshold: float, groups: Scores | None = None) -> Indices:
    """Return what `boxes.suppress` does."""
    groups = np.zeros(len(boxes), np.float32) if groups is None else groups
    order = np.lexsort((-scores, -groups))
    corners, groups = np.ascontiguousarray(boxes[order].T, np.float32), groups[order]
    dead, kept = np.zeros(len(order), np.uint8), np.empty(len(order), np.int64)
    data = corners.ctypes.data, groups.ctypes.data
    count = kernels.suppress_boxes(*data, len(order), threshold, dead.ctypes.data, kept.ctypes.data)
    return order[kept[:count]]


def _per_cell(net: KernelNet) -> Callable[[Images], NDArray[np.float32]]:
    """Return P-Net as the cascade calls it: cells×outputs."""
    return lambda images: net(images).reshape(-1, net.outputs)


def _per_image(net: KernelNet) -> Callable[[Images], NDArray[np.float32]]:
    """Return R- or O-Net as the cascade calls them: N×outputs."""
    return lambda images: net(images)[:, 0, 0]
