"""Photos of strangers: how large they may be, and what their EXIF data may do."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageOps

from services.face_detection.photo import LONGEST_SIDE_PX, PhotoTooLargeError, decode

PIXELS = 50_000_000
SMALL = np.random.default_rng(2).integers(0, 256, (30, 40, 3), np.uint8)


def file(image: Image.Image, kind: str, **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


@pytest.mark.parametrize("size", [(2_499_999, 20), (20, 2_499_999), (LONGEST_SIDE_PX + 1, 1)])
def test_a_photo_with_a_very_long_side_is_refused_with_its_size(size: tuple[int, int]) -> None:
    """2,499,999×20 pixels are within the number of pixels, and took the detector 2 GB: the function ended."""
    content = file(Image.new("L", size), "PNG")
    with pytest.raises(PhotoTooLargeError, match=f"{size[0]}×{size[1]} pixels, and no side.* 32,768; send it scaled"):
        decode(content, maximum_pixels=PIXELS)


def test_a_panorama_up_to_the_longest_side_is_decoded() -> None:
    content = file(Image.new("L", (LONGEST_SIDE_PX, 8)), "PNG")
    assert decode(content, maximum_pixels=PIXELS).size == (LONGEST_SIDE_PX, 8)


def exif(*tags: bytes) -> bytes:
    """A block of EXIF data with these entries of twelve bytes."""
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + b"".join(tags) + bytes(4)


UPRIGHT_BY_QUARTER = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
UNUSABLE = {
    "no TIFF header": b"Exif\0\0" + b"\xff" * 60,
    "cut off": b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01",
    "nothing behind its name": b"Exif\0\0",
    "entries far behind its end": b"Exif\0\0II*\0\xff\xff\xff\x7f",
    "an orientation that is text": exif(struct.pack("<HHI4s", 0x0112, 2, 2, b"6\0\0\0")),
    "an orientation that there is not": exif(struct.pack("<HHIHH", 0x0112, 3, 1, 77, 0)),
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("block", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_exif_data_that_cannot_be_used_are_ignored(kind: str, block: bytes) -> None:
    """PNG and WebP with the first of them were refused with 400."""
    assert decode(file(Image.fromarray(SMALL), kind, exif=block), maximum_pixels=PIXELS).size == (40, 30)


def test_an_orientation_counts_beside_entries_that_cannot_be_used() -> None:
    block = exif(UPRIGHT_BY_QUARTER, struct.pack("<HHII", 0x8825, 4, 1, 9999))
    assert decode(file(Image.fromarray(SMALL), "PNG", exif=block), maximum_pixels=PIXELS).size == (30, 40)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_as_pillow_does(orientation: int) -> None:
    data = Image.Exif()
    data[0x0112] = orientation
    content = file(Image.fromarray(SMALL), "PNG", exif=data)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))
    assert np.array_equal(np.asarray(decode(content, maximum_pixels=PIXELS)), expected)
