"""A photo file of the user's own to an upright RGB photo: all that the functions read, and what phones write."""

import sys
from pathlib import Path

from PIL import Image, features

from services.face_detection.photo import FORMATS, PhotoError, decode

PHOTO_SUFFIXES = frozenset(
    (
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".webp",
        ".bmp",
        ".gif",
        ".tif",
        ".tiff",
        ".avif",
        ".heic",
        ".heif",
        ".hif",
    )
)
_VIDEO, _RAW, _OTHER = (
    "a video: enrolling reads photos only",
    "a camera's raw file: save it as JPEG",
    "a kind of picture that is not read: save it as JPEG",
)
#: what lies among photos and is not read, and why
UNREAD_SUFFIXES = (
    dict.fromkeys((".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".3gp"), _VIDEO)
    | dict.fromkeys((".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf"), _RAW)
    | dict.fromkeys((".jxl", ".jp2", ".psd", ".svg", ".pdf"), _OTHER)
)
MAXIMUM_PIXELS = 200_000_000


def read_photo(path: Path) -> Image.Image:
    """Return the photo in a file; `PhotoError` says why it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PhotoError(f"cannot be read: {error.strerror}") from error
    return photo_of(content, maximum_pixels=MAXIMUM_PIXELS)


def photo_of(content: bytes, *, maximum_pixels: int) -> Image.Image:
    """Return the photo in a file's bytes. Raises `PhotoError`, with the reason, if they are not a photo."""
    try:
        return decode(content, maximum_pixels=maximum_pixels, formats=(*FORMATS, *_more_formats(content)))
    except PhotoError as error:
        # The message is for a camera, which sends a field "content".
        problem = str(error).split("; send")[0].replace(' in "content"', "").replace('"content" is', "it is")
        raise type(error)(problem) from error
    except RuntimeError as error:  # as Pillow's AVIF decoder reports damage
        raise PhotoError(f"the image is damaged or cut off ({error})") from error


def _more_formats(content: bytes) -> tuple[str, ...]:
    """Return the formats that a file needs beyond those of the functions, by its head (ISO 14496-12)."""
    if content[4:8] != b"ftyp":
        return ()
    brands = content[8 : int.from_bytes(content[:4], "big")]
    if b"avif" in brands or b"avis" in brands:
        if not features.check("avif"):
            raise PhotoError("AVIF cannot be read by this Pillow: install a newer one, or save the photo as JPEG")
        return ("AVIF",)
    try:
        from pi_heif import register_heif_opener  # noqa: PLC0415  # the images of the functions are without it
    except ImportError as error:
        command = f"{sys.executable} -m pip install pi-heif"
        raise PhotoError(
            f"HEIC needs the package pi-heif; save the photo as JPEG, or install it with: {command}"
        ) from error
    register_heif_opener()
    return ("HEIF",)
