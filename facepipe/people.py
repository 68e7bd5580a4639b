"""`facepipe enrol` and `facepipe people`: who is to be recognised."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.enrolment.data_pt import TUTORIAL_MARGIN_PX, read_data_pt
from services.enrolment.enrol import Enrolled, Enrolment, Fate, enrol
from services.enrolment.faces import FaceReader
from services.enrolment.gallery_file import check_writable, read_file, save
from services.enrolment.people_folder import EnrolError, PeopleFolder, people_in
from services.face_detection.crops import MARGIN_PX
from services.face_recognition.embedder import WIDTH, Embeddings
from services.face_recognition.gallery import Gallery, Model
from services.models import Manifest, read_manifest

Tell = Callable[[Enrolled], None]
Step = Callable[[int, int], None]  #: which photo it is the turn of, and of how many


@dataclass(frozen=True, slots=True)
class EnrolResult:
    """What enrolling a folder of people came to."""

    gallery: Gallery  #: all that the file holds now
    folder: PeopleFolder
    enrolment: Enrolment

    @property
    def without_a_photo(self) -> tuple[str, ...]:
        """The people of the folder whom the gallery does not know: none of their photos could be used."""
        wanted = [photo.name for photo in self.folder.photos] + list(self.folder.without_photos)
        known = set(self.gallery.names)
        return tuple(name for name in dict.fromkeys(wanted) if name not in known)

    @property
    def left_out(self) -> int:
        """How many photos and files were left out."""
        return sum(photo.fate is Fate.LEFT_OUT for photo in self.enrolment.photos) + len(self.folder.unread)


@dataclass(frozen=True, slots=True)
class EnrolOptions:
    """How people are to be enrolled, and who is to hear of it."""

    replace: bool = False  #: forget everybody who was enrolled before
    margin_px: int | None = None  #: around the faces; None: the gallery's, of a new one the usual
    step: Step = lambda *_: None  #: called before a photo is looked at
    tell: Tell = lambda _: None  #: called with what became of each photo when all have been looked at


def enrol_people(people: Path, gallery: Path, models: Path, options: EnrolOptions = EnrolOptions()) -> EnrolResult:
    """Add the people in a folder to the gallery file; running functions see it at once.

    `EnrolError` when the folder holds nobody, `GalleryError` when the file that is there cannot be added to.
    """
    folder, manifest = people_in(people), read_manifest(models)
    check_writable(gallery)
    before = _before(gallery, manifest, options)
    reader = FaceReader.load(models)

    turn = itertools.count(1)

    def read(path: Path) -> Embeddings:
        options.step(next(turn), len(folder.photos))
        return reader.read(path, (before.margin_px,))[0]

    enrolment = enrol(folder.photos, read, before)
    for photo in enrolment.photos:
        options.tell(photo)
    if all(photo.fate is Fate.LEFT_OUT for photo in enrolment.photos):
        raise EnrolError("no face could be enrolled: the gallery stays as it was")
    now = save(enrolment.gallery, gallery, replace=options.replace) if enrolment.gallery.names else before
    return EnrolResult(now, folder, enrolment)


def _before(path: Path, manifest: Manifest, options: EnrolOptions) -> Gallery:
    """Return the gallery that people will be added to: the file's, or an empty one."""
    model = Model(manifest.model_id, manifest.weights_sha256)
    present = None if options.replace or not path.exists() else read_file(path, model)
    margin_px = options.margin_px if options.margin_px is not None else present.margin_px if present else MARGIN_PX
    nobody = Gallery((), np.zeros((0, WIDTH), np.float32), model, manifest.threshold(margin_px).distance, margin_px)
    return present.merged(nobody) if present else nobody


def take_over(data: Path, gallery: Path, models: Path, *, model: str | None, options: EnrolOptions) -> Gallery:
    """Add the people in a `data.pt`, which was made with `model`, to the gallery file."""
    manifest = read_manifest(models)
    if model != manifest.model_id:
        raise EnrolError(
            f"{data.name} does not say which network made it: name it with --model; only embeddings of the model"
            f" in use, {manifest.model_id}, can be taken over{f', not of {model}' if model else ''}"
        )
    margin_px = TUTORIAL_MARGIN_PX if options.margin_px is None else options.margin_px
    threshold = manifest.threshold(margin_px).distance
    names, embeddings = read_data_pt(data)
    new = Gallery(names, embeddings, Model(manifest.model_id, manifest.weights_sha256), threshold, margin_px)
    return save(new, gallery, replace=options.replace)
