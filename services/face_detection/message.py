"""Packs the faces of a photo into one message that fits the queue."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from PIL import Image

from services.contract import FacesFound, FoundFace

#: SQS takes 1,048,576 bytes, attributes included; the attributes here stay far below this reserve
MAXIMUM_BYTES = 1_048_576 - 4_096
JPEG_QUALITIES = (95, 85, 70)

Encoder = Callable[[Image.Image], bytes]  #: turns an image into a file


class FacesTooLargeError(ValueError):
    """The photo has more faces than one message can carry."""

    def __init__(self, faces: int) -> None:
        super().__init__(f"the photo has {faces} faces, more than one message can carry; send parts of it")
        self.faces = faces


def pack(found: FacesFound, crops: Sequence[Image.Image], png: Encoder, *, maximum_bytes: int = MAXIMUM_BYTES) -> str:
    """Return the body of `found` with each face's image taken from `crops`.

    Lossless by `png`, or where that does not fit, JPEG for all faces: of quality 95, 85 or 70, the first that fits.
    """
    for images in _encodings(crops, png):
        faces = tuple(_with_image(face, image) for face, image in zip(found.faces, images, strict=True))
        body = replace(found, faces=faces).to_json()
        if len(body.encode()) <= maximum_bytes:
            return body
    raise FacesTooLargeError(len(crops))


def _encodings(crops: Sequence[Image.Image], png: Encoder) -> Iterator[list[bytes]]:
    yield [png(crop) for crop in crops]
    for quality in JPEG_QUALITIES:
        yield [_jpeg(crop, quality) for crop in crops]


def _with_image(face: FoundFace, image: bytes) -> FoundFace:
    return replace(face, image=image)


def _jpeg(crop: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    crop.save(file, "JPEG", quality=quality)
    return file.getvalue()
