"""The people of one gallery: who is enrolled, and all changes of it that the service makes."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.enrolment.crop_file import CropError, pixels_of
from services.enrolment.enrol import enrol
from services.enrolment.faces import FaceReader, PhotoFaces
from services.enrolment.gallery_file import gallery_to_add_to, photo_ids, remove_photos, save
from services.enrolment.kept_faces import KeptFace, KeptFaces, forget_people, keep_pictures, picture_of, shown_file_name
from services.enrolment.people_description import describe
from services.enrolment.people_distances import NEAREST, nearest_people, within
from services.enrolment.people_folder import PersonPhoto
from services.enrolment.photo_file import photo_of
from services.enrolment.review import SAME_PHOTO
from services.face_detection.photo import PhotoError
from services.face_recognition.gallery import Gallery
from services.nets.model_files import Manifest

MAXIMUM_PIXELS = 50_000_000  #: of a photo: as the function face-detection takes them


class Reader(Protocol):
    """Finds faces on photos, and embeds them."""

    def look(self, photo: Image.Image, margin_px: int) -> PhotoFaces:
        """Return the faces on a photo; `PhotoError` when nobody is on it."""
        ...

    def embed(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the embeddings of crops."""
        ...


@dataclass(slots=True)
class PeopleDesk:
    """Reads and changes one gallery. One call at a time: the nets are loaded once, at the first face."""

    gallery: Path
    manifest: Manifest
    load: Callable[[], Reader]
    kept: KeptFaces | None  #: None: no pictures are kept
    portrait: Path | None = None  #: a sample, which may be in the gallery from the beginning
    clock: Callable[[], float] = time.time
    _looked: bool = False  #: for the portrait in the gallery
    _reader: Reader | None = None
    _turn: threading.RLock = field(default_factory=threading.RLock)

    @staticmethod
    def of(gallery: Path, models: Path, manifest: Manifest, *, keep: bool, sample: Path | None = None) -> "PeopleDesk":
        """Return the desk of a gallery file, with the nets in `models`."""
        kept = KeptFaces(gallery) if keep else None
        return PeopleDesk(gallery, manifest, lambda: FaceReader.load(models), kept, sample)

    def people(self) -> dict[str, Any]:
        """Return who is enrolled, from which photos, and how near people are to each other."""
        with self._turn:
            gallery = self._held()
            self._keep_sample(gallery)
            return describe(gallery, KeptFaces(self.gallery))

    def picture(self, photo: str) -> bytes | None:
        """Return the picture of an enrolled photo, if there is one."""
        return KeptFaces(self.gallery).picture(photo)

    def add_photo(self, name: str, content: bytes, file_name: str) -> dict[str, Any]:
        """Add the face on a photo file to a person; return whether it was added, and what is odd about it."""
        with self._turn:
            gallery = self._held()
            try:
                faces = self._faces().look(photo_of(content, maximum_pixels=MAXIMUM_PIXELS), gallery.margin_px)
            except PhotoError as error:
                return {"outcome": "left out", "problem": str(error), "photos": [], "pairs": []}
            return self._add(name, faces, file_name, gallery)

    def add_crop(self, name: str, content: bytes, margin_px: int, file_name: str) -> dict[str, Any]:
        """Add a face to a person that face-detection has cut out already; `CropError` when it cannot be used."""
        with self._turn:
            gallery = self._held()
            if gallery.names and margin_px != gallery.margin_px:
                raise CropError(
                    f"this face was cut out with a margin of {margin_px} pixels, and the enrolled ones with"
                    f" {gallery.margin_px}: enrol everybody again with facepipe enrol --replace"
                )
            crop = pixels_of(content)[None]
            faces = PhotoFaces(crop, self._faces().embed(crop))
            before = gallery_to_add_to(self.gallery, self.manifest, margin_px=margin_px)
            return self._add(name, faces, file_name, before)

    def remove_person(self, name: str) -> dict[str, Any]:
        """Forget a person and all pictures of them."""
        with self._turn:
            return _counted(forget_people([name], self.gallery))

    def remove_photo(self, photo: str) -> dict[str, Any]:
        """Take one photo out of the gallery; with the last one its person is gone."""
        with self._turn:
            left = remove_photos([photo], self.gallery)
            KeptFaces(self.gallery).forget_all_but(set(photo_ids(left)))
            return _counted(left)

    def nearest(self, contents: Sequence[bytes]) -> dict[str, Any]:
        """Return the nearest people of each crop, and the threshold."""
        with self._turn:
            gallery, crops = self._held(), [pixels_of(content) for content in contents]
            faces = self._faces().embed(np.stack(crops)) if crops else np.zeros((0, 1), np.float32)
            near = nearest_people(gallery, faces) if crops else []
            shown = [within(people, NEAREST) for people in near]
            return {"faces": shown, "threshold": gallery.threshold, "margin": gallery.margin_px}

    def _add(self, person: str, faces: PhotoFaces, file_name: str, before: Gallery) -> dict[str, Any]:
        shown = shown_file_name(file_name) or "photo"
        result = enrol([PersonPhoto(person, Path(shown))], lambda _: faces.embeddings, before)
        if result.gallery.names:
            save(result.gallery, self.gallery, replace=False)
            pictures = {Path(shown): [picture_of(crop) for crop in faces.crops]}
            keep_pictures(result, pictures, self.kept, now=self.clock())
        (fate,) = result.photos
        pairs = [{"first": pair.first, "second": pair.second, "distance": pair.distance} for pair in result.pairs]
        outcome = {"outcome": fate.fate.value, "problem": fate.problem, "photos": list(photo_ids(result.gallery))}
        return {**outcome, "name": person, "pairs": pairs}

    def _held(self) -> Gallery:
        return gallery_to_add_to(self.gallery, self.manifest)

    def _faces(self) -> Reader:
        if self._reader is None:
            self._reader = self.load()
        return self._reader

    def _keep_sample(self, gallery: Gallery) -> None:
        """Keep the picture of the sample portrait, once, if the gallery knows its face: it came with the gallery."""
        looked, self._looked, sample = self._looked, True, self.portrait
        if looked or self.kept is None or sample is None or not gallery.names or not sample.is_file():
            return
        notes, ids = self.kept.notes(), photo_ids(gallery)
        bare = [row for row, photo in enumerate(ids) if photo not in notes]
        if not bare:
            return
        content = sample.read_bytes()
        faces = self._faces().look(photo_of(content, maximum_pixels=MAXIMUM_PIXELS), gallery.margin_px)
        distances = np.linalg.norm(gallery.embeddings[bare] - faces.embeddings[0], axis=1)
        rows = [row for row, distance in zip(bare, distances, strict=True) if distance < SAME_PHOTO]
        picture = picture_of(faces.crops[0])
        self.kept.keep([KeptFace(ids[row], picture, sample.name, self.clock()) for row in rows])


def _counted(gallery: Gallery) -> dict[str, Any]:
    return {"people": len(set(gallery.names)), "photos": len(gallery.names)}
