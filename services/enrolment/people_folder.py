"""A folder with a folder of photos for each person, and what an impatient person gets wrong about it."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.enrolment.photo_file import PHOTO_SUFFIXES, UNREAD_SUFFIXES
from services.face_recognition.gallery import GalleryError, check_name


class EnrolError(RuntimeError):
    """Nobody could be enrolled; the message names the folder or file and the cure."""


@dataclass(frozen=True, slots=True)
class PersonPhoto:
    """A photo file, and whose it is."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class PeopleFolder:
    """What a folder of people holds."""

    photos: tuple[PersonPhoto, ...]
    without_photos: tuple[str, ...]  #: people whose folder holds none
    unread: tuple[tuple[Path, str], ...]  #: what looks like a photo or video and is not read, and why


def people_in(folder: Path) -> PeopleFolder:
    """Return what `folder/<name>/` holds, person by person; `EnrolError` when that is nobody."""
    if not folder.is_dir():
        raise EnrolError(f"{folder} is no folder: name one with a folder of photos for each person")
    persons = [path for path in _visible(folder) if path.is_dir()]
    found = [(_name(path), path, [file for file in _visible(path) if _is_photo(file)]) for path in persons]
    photos = tuple(PersonPhoto(name, photo) for name, _, files in found for photo in files)
    deeper = [path for person in persons for path in _visible(person) if _holds_photos(path)]
    if not photos or len(deeper) > len({photo.name for photo in photos}):
        raise EnrolError(_why_not(folder, deeper))
    with_photos = {photo.name for photo in photos}
    without = dict.fromkeys(name for name, _, _ in found if name not in with_photos)
    return PeopleFolder(photos, tuple(without), tuple(_unread(folder, persons)))


def name_of(text: str) -> str:
    """Return a person's name in one spelling, as it is enrolled; `GalleryError` says why it cannot be a name."""
    return check_name(unicodedata.normalize("NFC", text).strip())


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _is_photo(path: Path) -> bool:
    return path.suffix.lower() in PHOTO_SUFFIXES and path.is_file()


def _name(person: Path) -> str:
    """Return the name that a folder stands for; macOS takes letters and their accents apart, so in one spelling."""
    try:
        return name_of(person.name)
    except GalleryError as error:
        raise EnrolError(f"{person}: {error}; rename the folder") from error


def _holds_photos(path: Path) -> bool:
    return path.is_dir() and any(_is_photo(file) for file in _visible(path))


def _why_not(folder: Path, deeper: list[Path]) -> str:
    """Say what is wrong with a folder; `deeper` are folders with photos that lie one level too deep."""
    if deeper:
        holders = list(dict.fromkeys(str(path.parent) for path in deeper))
        return (
            f"{folder} is one level too high: the folders of people seem to be in {' and '.join(holders[:3])}, so name"
            " that. If they are albums of one person each, move their photos up"
        )
    if _holds_photos(folder):
        return (
            f"{folder} holds photos, but no folder for each person. If all of them show one person, name the folder"
            f" above it; otherwise put them into {folder}/<name>/"
        )
    return f"{folder} holds no photos: put them into {folder}/<name>/, a folder for each person"


def _unread(folder: Path, persons: list[Path]) -> Iterator[tuple[Path, str]]:
    for path in _visible(folder):
        if _is_photo(path):
            yield path, "lies in no person's folder"
    for person in persons:
        for path in _visible(person):
            if _holds_photos(path):
                yield path, f"a folder within {person.name}'s folder is not looked into: move its photos up"
            elif reason := UNREAD_SUFFIXES.get(path.suffix.lower()):
                yield path, reason
