"""Pictures of the enrolled faces, in a file beside the gallery: for whoever looks at who is enrolled.

Recognition does not need them, and no function reads them. The gallery is the truth: a picture whose photo it does not
have any more is deleted, and an enrolled photo may have no picture.
"""

import contextlib
import io
import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.enrolment.enrol import Enrolment
from services.enrolment.gallery_file import photo_ids, remove
from services.face_recognition.gallery import Gallery, GalleryError

SUFFIX = ".faces.sqlite"
FILE_NAME_LENGTH = 255
QUALITY = 90  #: of the JPEG file, which has about 7 kB
WAIT_S = 30.0  #: for another program that writes at the moment
_WRONG = "delete it, and enrol the photos again if you want their pictures; who is recognised stays the same"
_NO_WRITING = (
    "make room on its disk, or get the right to write there, and enrol the photos again if you want their pictures;"
    " the people are enrolled"
)
#: SQLite's codes of errors that are none of the file's own
_FILE_IS_WELL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)
_TABLE = """
create table if not exists faces (
    photo text primary key, picture blob not null, file_name text not null, added_at real not null
) without rowid"""


@dataclass(frozen=True, slots=True)
class KeptFace:
    """The picture of one enrolled face."""

    photo: str  #: the id of the enrolled photo, as `photo_ids` makes it
    picture: bytes  #: a JPEG file of 160×160 pixels: the face as it was cut out
    file_name: str  #: the photo's, without its folder
    added_at: float  #: seconds since 1970


@dataclass(frozen=True, slots=True)
class FaceNote:
    """What is kept beside a picture."""

    file_name: str
    added_at: float


@dataclass(frozen=True, slots=True)
class KeptFaces:
    """The pictures of one gallery's faces. `GalleryError` when their file cannot be used."""

    gallery: Path

    @property
    def path(self) -> Path:
        """The file of the pictures."""
        return self.gallery.with_name(self.gallery.name.removesuffix(".npz") + SUFFIX)

    def keep(self, faces: Sequence[KeptFace]) -> None:
        """Keep pictures; one that is kept already stays as it is."""
        rows = [(face.photo, face.picture, face.file_name, face.added_at) for face in faces]
        self._make_private()
        with self._open() as database:
            if database is None:
                raise GalleryError(f"{self.path} was deleted by another program: try again")
            database.executemany("insert or ignore into faces values (?, ?, ?, ?)", rows)

    def notes(self) -> Mapping[str, FaceNote]:
        """Return what is kept beside each picture, by the photo's id."""
        with self._open() as database:
            rows = database.execute("select photo, file_name, added_at from faces") if database else ()
            return {photo: FaceNote(name, at) for photo, name, at in rows}

    def picture(self, photo: str) -> bytes | None:
        """Return the picture of an enrolled photo, if there is one."""
        with self._open() as database:
            rows = database.execute("select picture from faces where photo = ?", (photo,)) if database else ()
            return next((bytes(picture) for (picture,) in rows), None)

    def forget_all_but(self, photos: Collection[str]) -> None:
        """Delete the pictures of photos that are not enrolled any more; nothing of them is left in the file."""
        with self._open() as database:
            if database is None:
                return
            gone = [(photo,) for (photo,) in database.execute("select photo from faces") if photo not in photos]
            database.executemany("delete from faces where photo = ?", gone)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection | None]:
        """Yield the database in a transaction; None if there is no file."""
        if not self.path.exists():
            yield None
            return
        try:
            with contextlib.closing(sqlite3.connect(self.path, timeout=WAIT_S)) as database:
                database.execute("pragma secure_delete = on")
                with database:
                    database.execute(_TABLE)
                    yield database
        except sqlite3.Error as error:
            kind = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the details of extended codes
            cure = _NO_WRITING if kind in _FILE_IS_WELL else _WRONG
            raise GalleryError(
                f"the pictures of enrolled faces in {self.path} cannot be used ({error}): {cure}"
            ) from error

    def _make_private(self) -> None:
        """Let only the gallery's owner read the file, before anything is in it."""
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        if self.path.stat().st_mode & 0o077:
            self.path.chmod(0o600)
        folder = self.path.parent.stat()
        if os.geteuid() == 0 and folder.st_uid != self.path.stat().st_uid:  # in a container: the user's file is theirs
            os.chown(self.path, folder.st_uid, -1)


def picture_of(crop: NDArray[np.uint8]) -> bytes:
    """Return a face, 160×160×3 RGB, as a JPEG file."""
    file = io.BytesIO()
    Image.fromarray(crop).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def shown_file_name(text: str) -> str:
    """Return a file's name as it is kept: without folders, on one line, and not too long."""
    name = text.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in name if character.isprintable())[:FILE_NAME_LENGTH]


def keep_pictures(
    result: Enrolment, pictures: Mapping[Path, Sequence[bytes]], kept: KeptFaces | None, *, now: float
) -> None:
    """Keep the pictures of new photos; `pictures` has all faces of each photo."""
    if kept is not None:
        rows = zip(photo_ids(result.gallery), result.sources, result.faces, strict=True)
        kept.keep(
            [KeptFace(photo, pictures[path][face], shown_file_name(path.name), now) for photo, path, face in rows]
        )


def forget_people(names: Sequence[str], gallery: Path) -> Gallery:
    """Take people out of the gallery file, and delete the pictures of them; return what the gallery then holds."""
    left = remove(names, gallery)
    KeptFaces(gallery).forget_all_but(set(photo_ids(left)))
    return left
