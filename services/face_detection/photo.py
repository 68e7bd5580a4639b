"""A file from a stranger to an upright RGB photo, or a clear refusal."""

import io
import struct
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

#: what Pillow raises over data that are damaged or cut off
UNUSABLE = (OSError, ValueError, SyntaxError, struct.error, EOFError, IndexError, TypeError, KeyError)
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")


#: EXIF's orientation → what puts the photo upright (Exif 2.32, 4.6.4: orientation)
TURNS: Mapping[Any, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
#: The detector goes through a photo in strips as wide as the photo: 2,499,999×20 pixels took it 2 GB.
LONGEST_SIDE_PX = 32_768


class PhotoError(ValueError):
    """The bytes are no whole photo; the message says what to do."""


class PhotoTooLargeError(PhotoError):
    """The photo has more pixels than are decoded, or a longer side: it may be a decompression bomb."""


def decode(content: bytes, *, maximum_pixels: int, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """Return the photo as it is looked at: RGB, turned as its EXIF data says, transparent parts on white.

    The size is read from the file's head and refused before a pixel is decoded. Of animations and multi-page files, the
    first picture counts. `formats` are Pillow's names.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of oddities that do not keep a photo from being looked at
            image = Image.open(io.BytesIO(content), formats=formats)
            _check_size(image.width, image.height, maximum_pixels)
            image.load()
            return _to_rgb(_upright(image))
    except UnidentifiedImageError as error:
        raise PhotoError(f'"content" is no image that is understood; send one of {", ".join(formats)}') from error
    except Image.DecompressionBombError as error:
        raise PhotoTooLargeError('the photo in "content" has far too many pixels; send it scaled down') from error
    except PhotoError:
        raise
    except UNUSABLE as error:
        raise PhotoError(f'the image in "content" is damaged or cut off ({error}); send the whole file') from error


def _check_size(width: int, height: int, maximum_pixels: int) -> None:
    if width * height > maximum_pixels:
        raise PhotoTooLargeError(
            f'the photo in "content" has {width}×{height} pixels, more than {maximum_pixels:,}; send it scaled down'
        )
    if max(width, height) > LONGEST_SIDE_PX:
        raise PhotoTooLargeError(
            f'the photo in "content" has {width}×{height} pixels, and no side may have more than {LONGEST_SIDE_PX:,};'
            " send it scaled down, or in parts"
        )


def _upright(image: Image.Image) -> Image.Image:
    """Return the photo turned as its EXIF data says, or as it is where these cannot be used."""
    try:
        turn = TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    except UNUSABLE:
        turn = None
    return image if turn is None else image.transpose(turn)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":  # 16 bits and more: Pillow would clip, not scale
        values = np.asarray(image, np.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        return Image.fromarray((values.clip(0, top) * (255 / top)).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")
