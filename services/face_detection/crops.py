"""Cuts faces out of photos exactly as facenet-pytorch does, whose embeddings ours are compared with."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE_PX = 160  #: the size at which InceptionResnetV1 was trained


def crop(photo: Image.Image, box: NDArray[np.float32]) -> Image.Image:
    """Return the face in `box` (x1, y1, x2, y2), cut at the photo's edges, as a 160×160 RGB image.

    As `extract_face` of facenet-pytorch with margin 0: whole pixels, Pillow's bilinear filter.
    """
    x1, y1 = (int(max(value, 0)) for value in box[:2])
    x2, y2 = int(min(box[2], photo.width)), int(min(box[3], photo.height))
    corners = (x1, y1, max(x2, x1 + 1), max(y2, y1 + 1))
    return photo.crop(corners).resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR)
