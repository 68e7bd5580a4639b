"""Packs the faces of a photo into one message that fits the queue."""

import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from PIL import Image

from services.contract import FacesFound, FoundFace

#: SQS takes 1,048,576 bytes, attributes included; the attributes here stay far below this reserve
MAXIMUM_BYTES = 1_048_576 - 4_096
JPEG_QUALITIES = (95, 85, 70)


class FacesTooLargeError(ValueError):
    """The photo has more faces than one message can carry."""

    def __init__(self, faces: int) -> None:
        super().__init__(f"the photo has {faces} faces, more than one message can carry; send parts of it")
        self.faces = faces


def pack(found: FacesFound, crops: Sequence[Image.Image], *, maximum_bytes: int = MAXIMUM_BYTES) -> str:
    """Return the body of `found` with each face's image taken from `crops`.

    Lossless PNG, or where that does not fit, JPEG for all faces: of quality 95, 85 or 70, the first that fits.
    """
    for images in _encodings(crops):
        faces = tuple(_with_image(face, image) for face, image in zip(found.faces, images, strict=True))
        body = replace(found, faces=faces).to_json()
        if len(body.encode()) <= maximum_bytes:
            return body
    raise FacesTooLargeError(len(crops))


def _encodings(crops: Sequence[Image.Image]) -> Iterator[list[bytes]]:
    # zlib looks for runs of equal bytes only. For photos that compresses as well as its usual search, in less time.
    yield [_encode(crop, "PNG", compress_level=3, compress_type=zlib.Z_RLE) for crop in crops]
    for quality in JPEG_QUALITIES:
        yield [_encode(crop, "JPEG", quality=quality) for crop in crops]


def _with_image(face: FoundFace, image: bytes) -> FoundFace:
    return replace(face, image=image)


def _encode(crop: Image.Image, kind: str, **options: int) -> bytes:
    file = io.BytesIO()
    crop.save(file, kind, **options)
    return file.getvalue()
