"""`facepipe enrol` and `facepipe people`: who is to be recognised."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.enrolment.data_pt import TUTORIAL_MARGIN_PX, read_data_pt
from services.enrolment.enrol import Enrolled, Enrolment, Fate, enrol
from services.enrolment.faces import FaceReader
from services.enrolment.gallery_file import check_writable, gallery_to_add_to, photo_ids, save
from services.enrolment.kept_faces import KeptFaces, keep_pictures, picture_of
from services.enrolment.people_folder import EnrolError, PeopleFolder, people_in
from services.enrolment.photo_file import read_photo
from services.face_recognition.embedder import Embeddings
from services.face_recognition.gallery import Gallery, Model
from services.nets.model_files import read_manifest

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
    pictures: bool = False  #: keep pictures of the enrolled faces beside the gallery
    step: Step = lambda *_: None  #: called before a photo is looked at
    tell: Tell = lambda _: None  #: called with what became of each photo when all have been looked at


def enrol_people(people: Path, gallery: Path, models: Path, options: EnrolOptions = EnrolOptions()) -> EnrolResult:
    """Add the people in a folder to the gallery file; running functions see it at once.

    `EnrolError` when the folder holds nobody, `GalleryError` when the file that is there cannot be added to.
    """
    folder, manifest = people_in(people), read_manifest(models)
    check_writable(gallery)
    before = gallery_to_add_to(gallery, manifest, replace=options.replace, margin_px=options.margin_px)
    reader = FaceReader.load(models)

    turn, pictures = itertools.count(1), dict[Path, list[bytes]]()

    def read(path: Path) -> Embeddings:
        options.step(next(turn), len(folder.photos))
        faces = reader.look(read_photo(path), before.margin_px)
        pictures[path] = [picture_of(face) for face in faces.crops] if options.pictures else []
        return faces.embeddings

    enrolment = enrol(folder.photos, read, before)
    for photo in enrolment.photos:
        options.tell(photo)
    if all(photo.fate is Fate.LEFT_OUT for photo in enrolment.photos):
        raise EnrolError("no face could be enrolled: the gallery stays as it was")
    now = save(enrolment.gallery, gallery, replace=options.replace) if enrolment.gallery.names else before
    kept = KeptFaces(gallery)
    without = () if options.pictures else photo_ids(enrolment.gallery)  # an earlier picture of the same photo goes too
    kept.forget_all_but(set(photo_ids(now)) - set(without))
    keep_pictures(enrolment, pictures, kept if options.pictures else None, now=time.time())
    return EnrolResult(now, folder, enrolment)


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
    now = save(new, gallery, replace=options.replace)
    KeptFaces(gallery).forget_all_but(set(photo_ids(now)))
    return now
