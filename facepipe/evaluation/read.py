"""The user's photos, of people and of strangers, as faces that can be compared: each photo is looked at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facepipe.client.printable_text import printable
from facepipe.evaluation.leave_one_out import FaceSet
from services.enrolment.choice import choose
from services.enrolment.faces import FaceReader
from services.enrolment.people_folder import EnrolError, PersonPhoto
from services.enrolment.photo_file import PHOTO_SUFFIXES
from services.enrolment.review import SAME_PHOTO, PhotoRows, repeats
from services.face_detection.photo import PhotoError
from services.face_recognition.embedder import WIDTH, Embeddings

Step = Callable[[int, int], None]  #: which photo it is the turn of, and of how many


@dataclass(frozen=True, slots=True)
class ReadFaces:
    """Faces of people or of strangers, cut out with each of several margins: the same rows for each."""

    by_margin: Mapping[int, FaceSet]
    left_out: tuple[str, ...]  #: photos that do not count, and why


def read_people(reader: FaceReader, photos: Sequence[PersonPhoto], margins_px: Sequence[int], step: Step) -> ReadFaces:
    """Return one face of each photo, as enrolling chooses it; the same photo twice counts once."""
    seen, left_out = _read(reader, photos, margins_px, step)
    chosen: dict[PersonPhoto, int] = {}
    for name in dict.fromkeys(photo.name for photo in seen):
        own = [photo for photo in seen if photo.name == name]
        picks = choose([seen[photo][0] for photo in own], np.zeros((0, WIDTH), np.float32))
        chosen.update(zip(own, picks, strict=True))
    rows = [(photo, tuple(faces[chosen[photo]] for faces in seen[photo])) for photo in seen]
    return _without_repeats(rows, margins_px, left_out)


def read_strangers(
    reader: FaceReader, folder: Path, margins_px: Sequence[int], people: ReadFaces, step: Step
) -> ReadFaces:
    """Return all faces of the photos in a folder, and in the folders in it; who is among `people` does not count.

    A folder in it is one stranger, whatever is on its photos; each face on another photo is a stranger of its own.
    """
    photos = strangers_in(folder)
    seen, left_out = _read(reader, photos, margins_px, step)
    rows: list[tuple[PersonPhoto, tuple[Embeddings, ...]]] = []
    known = people.by_margin[margins_px[0]]
    for photo, faces in seen.items():
        for index in range(len(faces[0])):
            name = photo.name or f"{photo.path.name}, face {index + 1}"
            distances = np.linalg.norm(known.embeddings - faces[0][index], axis=1)
            if len(distances) and distances.min() < SAME_PHOTO:
                left_out.append(f"{_label(photo)}: no stranger, but {known.labels[int(distances.argmin())]}")
                continue
            rows.append((PersonPhoto(name, photo.path), tuple(of_margin[index] for of_margin in faces)))
    return _without_repeats(rows, margins_px, left_out)


def strangers_in(folder: Path) -> list[PersonPhoto]:
    """Return the photos in a folder, and in the folders in it, whose names they get; `EnrolError` if there are none."""
    if not folder.is_dir():
        raise EnrolError(f"{folder} is no folder: name one with photos of people who are not enrolled")
    found = [PersonPhoto("", path) for path in sorted(folder.iterdir())]
    for person in sorted(path for path in folder.iterdir() if path.is_dir()):
        found += [PersonPhoto(person.name, path) for path in sorted(person.iterdir())]
    photos = [photo for photo in found if photo.path.suffix.lower() in PHOTO_SUFFIXES and photo.path.is_file()]
    photos = [photo for photo in photos if not photo.path.name.startswith(".")]
    if not photos:
        raise EnrolError(f"{folder} holds no photos: put photos of people who are not enrolled into it")
    return photos


def _read(
    reader: FaceReader, photos: Sequence[PersonPhoto], margins_px: Sequence[int], step: Step
) -> tuple[dict[PersonPhoto, tuple[Embeddings, ...]], list[str]]:
    seen: dict[PersonPhoto, tuple[Embeddings, ...]] = {}
    left_out: list[str] = []
    for number, photo in enumerate(photos, 1):
        step(number, len(photos))
        try:
            seen[photo] = reader.read(photo.path, margins_px)
        except PhotoError as error:
            left_out.append(f"{_label(photo)}: {error}")
    return seen, left_out


def _without_repeats(
    rows: Sequence[tuple[PersonPhoto, tuple[Embeddings, ...]]], margins_px: Sequence[int], left_out: Sequence[str]
) -> ReadFaces:
    """Put the rows together, without photos that are there twice: leaving one out would leave it in."""
    names, labels = tuple(photo.name for photo, _ in rows), tuple(_label(photo) for photo, _ in rows)
    tables = [
        np.stack([faces[index] for _, faces in rows]) if rows else np.zeros((0, WIDTH), np.float32)
        for index in range(len(margins_px))
    ]
    again = repeats(PhotoRows(names, labels, tables[0]), 0)
    kept = [row for row in range(len(rows)) if row not in again]
    sets = {
        margin: FaceSet(tuple(names[row] for row in kept), tuple(labels[row] for row in kept), table[kept])
        for margin, table in zip(margins_px, tables, strict=True)
    }
    twice = [f"{labels[row]}: the same photo as {labels[first]}" for row, first in again.items()]
    return ReadFaces(sets, tuple(left_out) + tuple(twice))


def _label(photo: PersonPhoto) -> str:
    return printable(f"{photo.path.parent.name}/{photo.path.name}")
