"""A file from a stranger to an upright RGB photo, or a clear refusal."""

import io
import struct
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")


class PhotoError(ValueError):
    """The bytes are no whole photo; the message says what to do."""


class PhotoTooLargeError(PhotoError):
    """The photo has more pixels than are decoded: it may be a decompression bomb."""


def decode(content: bytes, *, maximum_pixels: int, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """Return the photo as it is looked at: RGB, turned as its EXIF data says, transparent parts on white.

    The size is read from the file's head and refused before a pixel is decoded. Of animations and multi-page files, the
    first picture counts. `formats` are Pillow's names.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of oddities that do not keep a photo from being looked at
            image = Image.open(io.BytesIO(content), formats=formats)
            if image.width * image.height > maximum_pixels:
                raise PhotoTooLargeError(
                    f'the photo in "content" has {image.width}×{image.height} pixels, more than {maximum_pixels:,};'
                    " send it scaled down"
                )
            image.load()
            return _to_rgb(ImageOps.exif_transpose(image))
    except UnidentifiedImageError as error:
        raise PhotoError(f'"content" is no image that is understood; send one of {", ".join(formats)}') from error
    except Image.DecompressionBombError as error:
        raise PhotoTooLargeError('the photo in "content" has far too many pixels; send it scaled down') from error
    except PhotoError:
        raise
    except (OSError, ValueError, SyntaxError, struct.error, EOFError, IndexError, TypeError, KeyError) as error:
        raise PhotoError(f'the image in "content" is damaged or cut off ({error}); send the whole file') from error


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":  # 16 bits and more: Pillow would clip, not scale
        values = np.asarray(image, np.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        return Image.fromarray((values.clip(0, top) * (255 / top)).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")
