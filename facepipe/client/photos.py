"""Where photos come from: files, folders, videos, a webcam."""

import importlib
import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

#: what phones write, and the functions do not read: it is sent as JPEG
PHONE_SUFFIXES = {".heic", ".heif", ".hif", ".avif"}
PHOTO_SUFFIXES = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"} | PHONE_SUFFIXES
VIDEO_SUFFIXES = {".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v"}
#: base64 in JSON must stay below the 6,291,556 bytes of an event, in which the JSON's quotes are escaped (FU-26)
PHOTO_BYTES = 4_600_000
FRAME_QUALITY = 92
TOO_LARGE = "it was too large as it is"
AVIF_BRANDS = (b"avif", b"avis")


class PhotoSourceError(RuntimeError):
    """A file, folder or camera cannot be used; the message names it."""


class MissingPackageError(PhotoSourceError):
    """A package is missing that only some sources need; the message has the command that installs it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One photo to send."""

    name: str
    content: bytes  #: the photo's file
    note: str = ""  #: what was done to it


def frames(sources: Iterable[Path], *, every: int = 1) -> Iterator[Frame]:
    """Yield the photos in files and folders, and every n-th frame of videos, in order."""
    for source in sources:
        if source.is_dir():
            found = sorted(path for path in source.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES | VIDEO_SUFFIXES)
            if not found:
                raise PhotoSourceError(f"{source} holds no photos or videos")
            yield from frames(found, every=every)
        elif source.suffix.lower() in VIDEO_SUFFIXES:
            yield from video_frames(str(source), source.name, every=every)
        else:
            yield photo(source)


def photo(path: Path) -> Frame:
    """Return a photo file as it is; HEIC and AVIF as JPEG, and one that is too large for a Function URL scaled down."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PhotoSourceError(f"{path} cannot be read: {error.strerror}") from error
    if content[4:8] == b"ftyp":  # ISO 14496-12, the container of HEIC and AVIF
        try:
            return _as_jpeg(path.name, content, "the functions read neither HEIC nor AVIF")
        except MissingPackageError:
            raise
        except PhotoSourceError:  # the function says what is wrong with it
            return Frame(path.name, content)
    return Frame(path.name, content) if len(content) <= PHOTO_BYTES else _as_jpeg(path.name, content, TOO_LARGE)


def camera_frames(number: int, *, every: int = 1) -> Iterator[Frame]:
    """Yield frames of a webcam until nobody wants more."""
    return video_frames(number, f"camera{number}", every=every)


def video_frames(source: str | int, name: str, *, every: int = 1) -> Iterator[Frame]:
    """Yield every n-th frame of a video file or a camera, as JPEG."""
    cv2 = _optional("cv2", "opencv-python-headless", f"{name}: reading videos and cameras")
    capture: Any = cv2.VideoCapture(source)
    try:
        if not capture.isOpened():
            raise PhotoSourceError(f"{name} cannot be opened as a video")
        index = 0
        while capture.grab():
            if index % every == 0:
                whole, image = capture.retrieve()
                if whole:  # a damaged frame is left out, as players do
                    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, FRAME_QUALITY])
                    yield Frame(f"{name}#{index}", jpeg.tobytes())
            index += 1
        if not index:
            raise PhotoSourceError(f"{name} holds no frame that can be read")
    finally:
        capture.release()


def _as_jpeg(name: str, content: bytes, why: str) -> Frame:
    """Encode a photo anew, at three quarters of its size again and again, until it fits."""
    image = _decoded(name, content)
    while True:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=FRAME_QUALITY)
        if file.tell() <= PHOTO_BYTES:
            return Frame(name, file.getvalue(), f"sent as {image.width}×{image.height} JPEG: {why}")
        image = image.resize((max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)))


def _decoded(name: str, content: bytes) -> Image.Image:
    """Return a photo, upright."""
    if content[4:8] == b"ftyp" and not any(brand in content[8:64] for brand in AVIF_BRANDS):
        _optional("pi_heif", "pi-heif", f"{name}: reading HEIC").register_heif_opener()
    try:
        with Image.open(io.BytesIO(content)) as opened:
            return ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, RuntimeError, Image.DecompressionBombError) as error:
        raise PhotoSourceError(f"{name} ({len(content):,} bytes) cannot be sent: it is no photo ({error})") from error


def _optional(module: str, package: str, purpose: str) -> Any:
    """Import a package that most calls do without; `MissingPackageError` where it is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        command = f"{sys.executable} -m pip install {package}"
        raise MissingPackageError(f"{purpose} needs the package {package}, install it with: {command}") from error
