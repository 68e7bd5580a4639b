"""Photos of people to rows of a gallery, with a word on each photo that is odd or was left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.enrolment.choice import choose
from services.enrolment.people_folder import PersonPhoto
from services.enrolment.review import Pair, PhotoRows, remarks, repeats, rows_of, same_person
from services.face_detection.photo import PhotoError
from services.face_recognition.embedder import Embeddings
from services.face_recognition.gallery import Gallery


class Fate(Enum):
    """What became of a photo."""

    ENROLLED = "enrolled"
    REPEATED = "enrolled already"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of one photo."""

    name: str
    photo: Path
    fate: Fate
    problem: str = ""  #: why it was left out or what is odd about it; empty when all is well


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What came of photos of people: new rows for a gallery, and what to say about them."""

    gallery: Gallery  #: the new rows alone
    faces: tuple[int, ...]  #: of each new row, which face of its photo it is
    sources: tuple[Path, ...]  #: of each new row, its photo
    photos: tuple[Enrolled, ...]  #: in the order in which they were given
    pairs: tuple[Pair, ...]  #: names that may belong to one person


@dataclass(frozen=True, slots=True)
class ChosenFace:
    """The face that was taken from a photo."""

    embedding: NDArray[np.float32]
    face: int  #: its place among the photo's faces
    note: str  #: how it was chosen, where there was a choice


#: a photo's path → the embeddings of its faces, the largest first, at least one; `PhotoError` says why there are none
Read = Callable[[Path], Embeddings]


def enrol(photos: Sequence[PersonPhoto], read: Read, before: Gallery) -> Enrolment:
    """Embed photos and compare them with each other and with `before`, the gallery that they will be added to."""
    seen: dict[PersonPhoto, Embeddings] = {}
    notes: dict[PersonPhoto, str] = {}
    for photo in photos:
        try:
            seen[photo] = read(photo.path)
        except PhotoError as error:
            notes[photo] = str(error)
    faces = choose_faces(seen, before)
    again, twice = _repeats(before, faces)
    kept = {photo: face for photo, face in faces.items() if photo not in again}
    rows = _rows(before, kept)
    pairs = same_person(rows, frozenset(photo.name for photo in kept))
    found = remarks(rows, len(before.names), threshold=before.threshold, pairs=pairs)
    odd = {photo: found.get(row, "") for row, photo in enumerate(kept, len(before.names))}
    for photo, face in kept.items():
        notes[photo] = "; ".join(filter(None, (face.note, twice.get(photo) or odd[photo])))
    new = Gallery(
        tuple(photo.name for photo in kept), rows.embeddings[len(before.names) :], before.model, before.threshold,
        before.margin_px,
    )  # fmt: skip
    fates = {**dict.fromkeys(kept, Fate.ENROLLED), **dict.fromkeys(again, Fate.REPEATED)}
    outcomes = (
        Enrolled(photo.name, photo.path, fates.get(photo, Fate.LEFT_OUT), again.get(photo, notes.get(photo, "")))
        for photo in photos
    )
    places = tuple(face.face for face in kept.values())
    return Enrolment(new, places, tuple(photo.path for photo in kept), tuple(outcomes), pairs)


def choose_faces(seen: Mapping[PersonPhoto, Embeddings], before: Gallery) -> dict[PersonPhoto, ChosenFace]:
    """Choose the person's face on each photo; `seen` has the faces of each photo, `before` who is enrolled."""
    chosen: dict[PersonPhoto, ChosenFace] = {}
    enrolled = rows_of(before.names)
    for name in dict.fromkeys(photo.name for photo in seen):
        photos = [photo for photo in seen if photo.name == name]
        known = before.embeddings[enrolled.get(name, [])]
        picks = choose([seen[photo] for photo in photos], known)
        told = len(photos) + len(known) > 1
        for photo, pick in zip(photos, picks, strict=True):
            chosen[photo] = ChosenFace(seen[photo][pick], pick, _note(len(seen[photo]), pick, told=told))
    return {photo: chosen[photo] for photo in seen}


def _note(faces: int, pick: int, *, told: bool) -> str:
    if faces == 1:
        return ""
    if not told:
        return f"{faces} faces: the largest was taken, as there is no other photo to compare it with"
    return f"{faces} faces: not the largest was taken, but the one that is most like the other photos" if pick else ""


def _repeats(
    before: Gallery, faces: Mapping[PersonPhoto, ChosenFace]
) -> tuple[dict[PersonPhoto, str], dict[PersonPhoto, str]]:
    """Return the photos that say nothing new of their person, and those that are there under another name.

    That a photo was enrolled before needs no word: whoever adds a photo to a folder enrols the whole folder again.
    """
    rows, photos = _rows(before, faces), list(faces)
    again: dict[PersonPhoto, str] = {}
    twice: dict[PersonPhoto, str] = {}
    for row, first in repeats(rows, len(before.names)).items():
        photo, own = photos[row - len(before.names)], rows.names[first] == rows.names[row]
        text = f"the same photo as {rows.labels[first]}"
        if own:
            again[photo] = text if first >= len(before.names) else ""
        else:
            twice[photo] = f"{text}: one of the two names is wrong"
    return again, twice


def _rows(before: Gallery, faces: Mapping[PersonPhoto, ChosenFace]) -> PhotoRows:
    labels = [f"a photo of {name} that is enrolled" for name in before.names]
    labels += [f"{photo.name}/{photo.path.name}" for photo in faces]
    names = before.names + tuple(photo.name for photo in faces)
    embeddings = [before.embeddings] + [face.embedding[None] for face in faces.values()]
    return PhotoRows(names, tuple(labels), np.concatenate(embeddings))
