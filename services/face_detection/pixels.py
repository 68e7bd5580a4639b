"""The pixels of Pillow's images where they are: copying them takes as long as a fifth of decoding the photo.

Pillow lends them through the Arrow C data interface (https://arrow.apache.org/docs/format/CDataInterface.html).
"""

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from services.face_detection.stages import Pixels

PIXEL_BYTES = 4  #: red, green, blue, and one that does not matter


class _ArrowArray(ctypes.Structure):
    """The beginning of the interface's `struct ArrowArray`."""


_ArrowArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_ArrowArray))),
]
_pointer_of = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


@dataclass(frozen=True)
class _Lent:
    """Memory that NumPy may read as long as this object is there."""

    owner: object
    __array_interface__: dict[str, Any]


def pixels_of(image: Image.Image) -> Pixels:
    """Return an RGB image's pixels, H×W×4, for reading: without a copy, where Pillow can lend them."""
    shape = (image.height, image.width, PIXEL_BYTES)
    try:
        _, capsule = image.__arrow_c_array__()
    except (ValueError, AttributeError):  # more than 4 million pixels are in several pieces; Pillow before 11.2.1
        return np.frombuffer(image.tobytes("raw", "RGBX"), np.uint8).reshape(shape)
    array = _ArrowArray.from_address(_pointer_of(capsule, b"arrow_array"))
    bytes_of_pixels = array.children[0].contents
    address = bytes_of_pixels.buffers[1] + bytes_of_pixels.offset
    interface = {"version": 3, "typestr": "|u1", "shape": shape, "data": (address, True)}
    pixels: Pixels = np.asarray(_Lent(capsule, interface))
    return pixels
