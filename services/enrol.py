"""Photos of people to a gallery file."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from services.backends import NATIVE, load_detector, load_embedder
from services.checkpoint import CheckpointError, read_checkpoint
from services.face_detection.crops import MARGIN_PX, crop
from services.face_detection.detector import Detector
from services.face_detection.photo import PhotoError, decode
from services.face_recognition.embedder import WIDTH, Embedder, Embeddings
from services.face_recognition.gallery import Gallery, GalleryError, Model, check_name, read_gallery, write_gallery
from services.face_recognition.settings import SAMPLE_GALLERY
from services.models import read_manifest

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
MAXIMUM_PIXELS = 200_000_000
MINIMUM_CONFIDENCE = 0.9
TUTORIAL_MARGIN_PX = 0  #: facenet-pytorch's tutorials, which save data.pt, leave MTCNN's margin at its default


class EnrolError(RuntimeError):
    """Nobody could be enrolled; the message names the folder or file and the cure."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of one photo."""

    name: str
    photo: Path
    problem: str = ""  #: why it was left out or what was odd; empty when all is well
    used: bool = True


@dataclass(frozen=True, slots=True)
class Enroller:
    """The nets that make a gallery, and which they are."""

    detector: Detector
    embedder: Embedder
    model: Model
    threshold: float
    margin_px: int = MARGIN_PX  #: of the crops: face-detection's

    @staticmethod
    def load(models: Path, *, margin_px: int = MARGIN_PX) -> "Enroller":
        """Load the nets in `models`; `ModelError` when they are not there."""
        manifest = read_manifest(models)
        detector, embedder = load_detector(models, NATIVE), load_embedder(models, NATIVE)
        model = Model(manifest.model_id, manifest.weights_sha256)
        return Enroller(detector, embedder, model, manifest.threshold(margin_px).distance, margin_px)

    def gallery(self, people: list[tuple[str, Path]], tell: Callable[[Enrolled], None]) -> Gallery:
        """Return the gallery of these (name, photo) pairs, telling what became of each photo."""
        names: list[str] = []
        rows: list[Embeddings] = [np.zeros((0, WIDTH), np.float32)]
        for name, path in people:
            try:
                face, problem = self._face(path)
            except PhotoError as error:
                tell(Enrolled(name, path, str(error).replace('in "content" ', ""), used=False))
                continue
            names.append(name)
            rows.append(self.embedder.embed(np.asarray(face)[None]))
            tell(Enrolled(name, path, problem))
        return Gallery(tuple(names), np.concatenate(rows), self.model, self.threshold, self.margin_px)

    def _face(self, path: Path) -> tuple[Image.Image, str]:
        """Return the crop of the photo's largest face, and what was odd about the photo."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise PhotoError(f"cannot be read: {error.strerror}") from error
        photo = decode(content, maximum_pixels=MAXIMUM_PIXELS)
        found = self.detector.detect(np.asarray(photo))
        sure = np.flatnonzero(found.confidences >= MINIMUM_CONFIDENCE)
        if not len(sure):
            raise PhotoError("no face found")
        problem = f"{len(sure)} faces: the largest was taken" if len(sure) > 1 else ""
        return crop(photo, found.boxes[sure[0]], margin_px=self.margin_px), problem


def people_in(folder: Path) -> list[tuple[str, Path]]:
    """Return the (name, photo) pairs of `folder/<name>/*.jpg`; `EnrolError` when there are none."""
    if not folder.is_dir():
        raise EnrolError(f"{folder} is no folder: name one with a folder of photos for each person")
    people = list(_photos(folder))
    if not people:
        raise EnrolError(f"{folder} holds no photos: put them into {folder}/<name>/, a folder for each person")
    return people


def _photos(folder: Path) -> Iterator[tuple[str, Path]]:
    for person in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        try:
            name = check_name(person.name)
        except GalleryError as error:
            raise EnrolError(f"{person}: {error}; rename the folder") from error
        yield from ((name, photo) for photo in sorted(person.iterdir()) if photo.suffix.lower() in PHOTO_SUFFIXES)


def margin_of(gallery: Path, model: Model) -> int:
    """Return the margin that people who are added to a gallery file must have: its own, else the usual one."""
    if not gallery.exists():
        return MARGIN_PX
    return read_gallery(gallery.read_bytes(), str(gallery), model).margin_px


def save(new: Gallery, path: Path, *, replace: bool) -> Gallery:
    """Add `new` to the gallery file, or put it in its place; return what the file then holds.

    `GalleryError` when the file that is there belongs to another model: `replace` is the cure.
    """
    if not new.names:
        raise EnrolError("no face could be enrolled: the gallery stays as it was")
    if not replace and path.exists():
        new = read_gallery(path.read_bytes(), str(path), new.model).merged(new)
    write_gallery(new, path)
    return new


def from_data_pt(path: Path, model: Model, threshold: float) -> Gallery:
    """Convert a `data.pt` as facenet-pytorch's tutorials save it: `[list of embeddings, list of names]`.

    The file does not say which network made it: the caller must know. `EnrolError` when it is anything else.
    """
    try:
        content = read_checkpoint(path)
        embeddings, names = content
        rows = np.stack([np.asarray(row, np.float32).reshape(WIDTH) for row in embeddings])
        checked = tuple(check_name(str(name)) for name in names)
    except OSError as error:
        raise EnrolError(f"{path}: {error.strerror}") from error
    except (CheckpointError, GalleryError) as error:
        raise EnrolError(str(error)) from error
    except (TypeError, ValueError) as error:
        raise EnrolError(f"{path} is not [embeddings, names] with 512 numbers an embedding ({error})") from error
    if len(rows) != len(checked):
        raise EnrolError(f"{path} holds {len(rows)} embeddings and {len(checked)} names")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise EnrolError(f"{path} holds an embedding that is zero or not finite")
    return Gallery(checked, (rows / lengths).astype(np.float32), model, threshold, TUTORIAL_MARGIN_PX)


def make_sample_gallery(models: Path, portrait: Path, name: str) -> None:
    """Put a gallery of one person beside the models, made with them, unless one that fits is there."""
    target, manifest = models / SAMPLE_GALLERY, read_manifest(models)
    try:
        present = read_gallery(target.read_bytes(), str(target), Model(manifest.model_id, manifest.weights_sha256))
        usual = manifest.threshold(MARGIN_PX)
        fits = (present.margin_px, present.threshold) == (usual.margin_px, usual.distance)
    except (OSError, GalleryError):
        fits = False
    if not fits:
        gallery = Enroller.load(models).gallery([(check_name(name), portrait)], lambda _: None)
        save(gallery, target, replace=True)


def seed(gallery: Path, models: Path) -> None:
    """Put a copy of the sample gallery where the user's gallery will be, unless there is one."""
    if not gallery.exists():
        gallery.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(models / SAMPLE_GALLERY, gallery)
