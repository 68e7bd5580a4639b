"""The gallery file as enrolling changes it: one writer at a time, so that nobody's people are lost."""

import difflib
import hashlib
import json
import os
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from services.enrolment.gallery_place import locked, replaced
from services.face_detection.crops import MARGIN_PX
from services.face_recognition.embedder import WIDTH
from services.face_recognition.gallery import (
    FORMAT,
    Gallery,
    GalleryError,
    Model,
    read_any_gallery,
    read_gallery,
)
from services.nets.model_files import Manifest

PHOTO_ID_LENGTH = 24  #: of 64 hexadecimal characters: no two of a million photos have the same


class NotEnrolledError(GalleryError):
    """A person or photo that is to be removed is not in the gallery."""


def read_file(path: Path, model: Model) -> Gallery:
    """Return what the gallery file holds; `GalleryError` if it cannot be used with `model`."""
    return read_gallery(_content(path), str(path), model)


def read_any_file(path: Path) -> Gallery:
    """Return what the gallery file holds, whichever model made it; `GalleryError` if it is missing or damaged."""
    return read_any_gallery(_content(path), str(path))


def gallery_to_add_to(
    path: Path, manifest: Manifest, *, replace: bool = False, margin_px: int | None = None
) -> Gallery:
    """Return the gallery that people will be added to: the file's, or an empty one.

    `margin_px`: around the faces; None means that of the gallery, or the usual one for a new gallery.
    """
    model = Model(manifest.model_id, manifest.weights_sha256)
    present = None if replace or not path.exists() else read_file(path, model)
    margin = margin_px if margin_px is not None else present.margin_px if present else MARGIN_PX
    nobody = Gallery((), np.zeros((0, WIDTH), np.float32), model, manifest.threshold(margin).distance, margin)
    return present.merged(nobody) if present else nobody


def write_gallery(gallery: Gallery, path: Path) -> None:
    """Write the file (`replaced` in gallery_place.py)."""
    head = {
        "format": FORMAT,
        "names": gallery.names,
        "model_id": gallery.model.model_id,
        "weights_sha256": gallery.model.weights_sha256,
        "threshold": gallery.threshold,
        "margin": gallery.margin_px,
    }
    with replaced(path) as file:
        np.savez(file, head=np.array(json.dumps(head)), embeddings=gallery.embeddings.astype(np.float32))


def photo_ids(gallery: Gallery) -> tuple[str, ...]:
    """Return an id for each enrolled photo, computed from the person's name and the embedding."""
    rows = zip(gallery.names, gallery.embeddings, strict=True)
    return tuple(
        hashlib.sha256(f"{name}\0".encode() + row.tobytes()).hexdigest()[:PHOTO_ID_LENGTH] for name, row in rows
    )


def check_writable(path: Path) -> None:
    """Raise `OSError` or `GalleryError` if the gallery file could not be written: before long work is done for it."""
    with locked(path):
        if path.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
            raise GalleryError(f"the gallery {path} cannot be written: name another file with --gallery")


def save(new: Gallery, path: Path, *, replace: bool) -> Gallery:
    """Add `new` to the gallery file, or put it in its place; return what the file then holds.

    `GalleryError` when the file that is there is damaged or of another model or margin: `replace` is the cure.
    """
    with locked(path):
        if not replace and path.exists():
            new = read_file(path, new.model).merged(new)
        write_gallery(new, path)
    return new


def remove(names: Collection[str], path: Path) -> Gallery:
    """Take people out of the gallery file; return what it then holds. `GalleryError` when one is not in it."""
    with locked(path):
        gallery = read_any_file(path)
        for name in names:
            if name not in gallery.names:
                raise NotEnrolledError(f"the gallery {path} has nobody called {name!r}{_meant(name, gallery.names)}")
        left = gallery.without(frozenset(names))
        write_gallery(left, path)
    return left


def remove_photos(ids: Collection[str], path: Path) -> Gallery:
    """Take photos out of the gallery file; return what it then holds. `GalleryError` when one is not in it."""
    with locked(path):
        gallery = read_any_file(path)
        present = photo_ids(gallery)
        if missing := set(ids) - set(present):
            raise NotEnrolledError(f"the gallery has no photo {min(missing)}: it was removed already")
        left = gallery.with_rows([row for row, photo in enumerate(present) if photo not in ids])
        write_gallery(left, path)
    return left


def _meant(name: str, names: Sequence[str]) -> str:
    folded = {known.casefold(): known for known in names}
    near = difflib.get_close_matches(name.casefold(), folded, 1)
    return f": did you mean {folded[near[0]]!r}?" if near else ": facepipe people shows the names"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise GalleryError(f"no gallery at {path}: make one with facepipe enrol PEOPLE") from error
    except OSError as error:
        raise GalleryError(f"cannot read the gallery {path}: {error.strerror}") from error
