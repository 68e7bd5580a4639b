"""Cuts faces out of photos exactly as facenet-pytorch does, whose embeddings ours are compared with."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.contract import CROP_SIDE_PX as SIDE_PX

MARGIN_PX = 32  #: the usual margin: docs/decisions/0011-margin-and-threshold.md says why
LARGEST_MARGIN_PX = 120  #: more would leave less than a quarter of the crop's side for the face


def crop(photo: Image.Image, box: NDArray[np.float32], *, margin_px: int) -> Image.Image:
    """Return the face in `box` (x1, y1, x2, y2) and a margin around it as a 160×160 RGB image.

    As `extract_face` of facenet-pytorch: `margin_px` pixels of the 160, half of them on each side, so that the box
    fills the rest; cut off at the photo's edges, not filled up there; whole pixels, Pillow's bilinear filter.
    """
    return photo.crop(_corners(photo.size, box, margin_px)).resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR)


def _corners(size: tuple[int, int], box: NDArray[np.float32], margin_px: int) -> tuple[int, int, int, int]:
    """Return the whole pixels to cut out; at least one, also of a box that lies outside."""
    # In the box's own 32 bits, and in the original's order: the last bit can decide which pixel an edge falls on.
    horizontal = margin_px * (box[2] - box[0]) / (SIDE_PX - margin_px)
    vertical = margin_px * (box[3] - box[1]) / (SIDE_PX - margin_px)
    x1, y1 = int(max(box[0] - horizontal / 2, 0)), int(max(box[1] - vertical / 2, 0))
    x2, y2 = int(min(box[2] + horizontal / 2, size[0])), int(min(box[3] + vertical / 2, size[1]))
    return x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)
