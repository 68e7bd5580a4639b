"""The people that can be recognised: one file of names and embeddings."""

import io
import json
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.contract import SEPARATOR, UNKNOWN
from services.face_recognition.embedder import WIDTH, Embeddings

MAXIMUM_BYTES = 512 << 20
NAME_LENGTH = 128
FORMAT = 1


class GalleryError(RuntimeError):
    """The gallery cannot be used; the message names the file and the cure."""


@dataclass(frozen=True, slots=True)
class Model:
    """Which network made a gallery's embeddings: those of two networks cannot be compared."""

    model_id: str
    weights_sha256: str


@dataclass(frozen=True, slots=True)
class Gallery:
    """People, one row a photo: a person may have several."""

    names: tuple[str, ...]
    embeddings: Embeddings  #: one row a name
    model: Model
    threshold: float  #: distance from which on a face is nobody's
    margin_px: int = 0  #: of the crops that the embeddings were made of

    def merged(self, other: "Gallery") -> "Gallery":
        """Return this gallery with the other's photos added; someone who is in both keeps the earlier ones too.

        `GalleryError` when their margins differ: one file has one margin.
        """
        if self.names and self.margin_px != other.margin_px:
            raise GalleryError(
                f"the gallery's people were enrolled with a margin of {self.margin_px} pixels, and the new ones with"
                f" {other.margin_px}: enrol everybody again with facepipe enrol --replace"
            )
        rows = np.concatenate([self.embeddings, other.embeddings])
        return Gallery(self.names + other.names, rows, other.model, self.threshold, other.margin_px)

    def without(self, names: Collection[str]) -> "Gallery":
        """Return this gallery without these people."""
        return self.with_rows([row for row, name in enumerate(self.names) if name not in names])

    def with_rows(self, rows: Sequence[int]) -> "Gallery":
        """Return this gallery with these photos alone."""
        return replace(self, names=tuple(self.names[row] for row in rows), embeddings=self.embeddings[list(rows)])


def check_name(name: str) -> str:
    """Return a person's name if it can stand in a result; `GalleryError` says why not."""
    if not name.strip() or len(name) > NAME_LENGTH or not name.isprintable():
        raise GalleryError(f"{name!r} cannot be a person's name: 1 to {NAME_LENGTH} visible characters")
    if SEPARATOR.strip() in name or name in (UNKNOWN, "no-face"):
        raise GalleryError(
            f"{name!r} cannot be a person's name: results use commas, {UNKNOWN!r} and 'no-face' themselves"
        )
    return name


def read_gallery(content: bytes, source: str, expected: Model) -> Gallery:
    """Read a gallery file's bytes; `source` names it in errors.

    Raises `GalleryError` when it is damaged, or was made with another model than `expected`.
    """
    gallery = read_any_gallery(content, source)
    if gallery.model != expected:
        raise GalleryError(
            f"the gallery {source} was made with the model {_describe(gallery.model)}, and {_describe(expected)} is"
            " loaded: enrol the people again with facepipe enrol --replace, or load the other model"
        )
    return gallery


def read_any_gallery(content: bytes, source: str) -> Gallery:
    """Read a gallery file's bytes, whichever model made it; `GalleryError` when it is damaged."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            head, embeddings = json.loads(str(file["head"])), file["embeddings"]
        return _from_file(head, embeddings)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zipfile.LargeZipFile) as error:
        raise GalleryError(
            f"the gallery {source} is damaged ({error}): make it again with facepipe enrol PEOPLE --replace"
        ) from error


def _from_file(head: Mapping[str, Any], embeddings: NDArray[Any]) -> Gallery:
    names = tuple(str(name) for name in head["names"])
    if embeddings.dtype != np.float32 or embeddings.shape != (len(names), WIDTH):
        raise ValueError(f"{len(names)} names, embeddings of {embeddings.dtype} {embeddings.shape}")
    if not np.isfinite(embeddings).all():
        raise ValueError("embeddings that are not finite")
    model = Model(str(head["model_id"]), str(head["weights_sha256"]))
    # Before margins were a setting, there was none.
    return Gallery(names, embeddings, model, float(head["threshold"]), int(head.get("margin", 0)))


def _describe(model: Model) -> str:
    return f"{model.model_id} ({model.weights_sha256[:8]})"
