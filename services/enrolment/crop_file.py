"""Reads a face that face-detection has already cut out: a file → pixels."""

import numpy as np
from numpy.typing import NDArray

from services.contract import CROP_SIDE_PX
from services.face_detection.photo import PhotoError, decode

CROP_SIZE = (CROP_SIDE_PX, CROP_SIDE_PX)


class CropError(ValueError):
    """A crop cannot be used; the message says why."""


def pixels_of(content: bytes) -> NDArray[np.uint8]:
    """Return a crop's pixels, 160×160×3 RGB; `CropError` says what the file is instead."""
    try:
        crop = decode(content, maximum_pixels=CROP_SIDE_PX * CROP_SIDE_PX, formats=("PNG", "JPEG"))
    except PhotoError as error:
        raise CropError("this is no face as face-detection cuts them out: a PNG or JPEG of 160×160 pixels") from error
    if crop.size != CROP_SIZE:
        raise CropError(f"a face has 160×160 pixels, and this picture {crop.width}×{crop.height}")
    return np.asarray(crop)
