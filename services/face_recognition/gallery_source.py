"""Where the gallery comes from, read again when it changes: who was enrolled is known without a restart."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from services.face_recognition.gallery import MAXIMUM_BYTES, GalleryError, Model, read_gallery
from services.face_recognition.matching import FaceIndex

S3_CHECK_S = 5.0  #: seconds between two looks at an object's ETag: each costs a request


class Store(Protocol):
    """A place that a gallery's bytes are in."""

    @property
    def name(self) -> str:
        """How errors call it."""
        ...

    def version(self) -> object:
        """Return something that changes when the bytes do; `GalleryError` when there is nothing."""
        ...

    def read(self) -> bytes:
        """Return the bytes."""
        ...


@dataclass(frozen=True, slots=True)
class FileStore:
    """A file in the image or on a mounted volume."""

    path: Path

    @property
    def name(self) -> str:
        """How errors call it."""
        return str(self.path)

    def version(self) -> object:
        """Return the file's identity: enrol puts a new file in the old one's place."""
        try:
            status = self.path.stat()
        except OSError as error:
            raise GalleryError(f"no gallery at {self.path}: make one with facepipe enrol, or set GALLERY") from error
        if status.st_size > MAXIMUM_BYTES:
            raise GalleryError(f"the gallery {self.path} is larger than {MAXIMUM_BYTES >> 20} MiB: no gallery of ours")
        return status.st_mtime_ns, status.st_size, status.st_ino

    def read(self) -> bytes:
        """Return the file's bytes."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise GalleryError(f"cannot read the gallery {self.path}: {error.strerror}") from error


@dataclass(slots=True)
class S3Store:
    """An object in S3."""

    s3: Any  #: a boto3 S3 client
    bucket: str
    key: str
    clock: Callable[[], float] = time.monotonic
    _etag: object = None
    _checked: float = float("-inf")

    @property
    def name(self) -> str:
        """How errors call it."""
        return f"s3://{self.bucket}/{self.key}"

    def version(self) -> object:
        """Return the object's ETag, at most five seconds old."""
        if self.clock() - self._checked >= S3_CHECK_S:
            head = self._call("head_object")
            if head["ContentLength"] > MAXIMUM_BYTES:
                raise GalleryError(
                    f"the gallery {self.name} is larger than {MAXIMUM_BYTES >> 20} MiB: no gallery of ours"
                )
            self._etag, self._checked = head["ETag"], self.clock()
        return self._etag

    def read(self) -> bytes:
        """Return the object's bytes."""
        content: bytes = self._call("get_object")["Body"].read()
        return content

    def _call(self, operation: str) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # see open_store

        try:
            return getattr(self.s3, operation)(Bucket=self.bucket, Key=self.key)
        except (BotoCoreError, ClientError) as error:
            raise GalleryError(f"cannot read the gallery {self.name} ({error}): check GALLERY and the role") from error


@dataclass(slots=True)
class GallerySource:
    """The current gallery.

    A change that cannot be used is an error for whoever asks, until it is mended: answering from an older gallery
    would name people who were removed, and hide that nobody new is known.
    """

    store: Store
    model: Model
    _version: object = field(default=None, init=False)
    _index: FaceIndex | None = field(default=None, init=False)

    def current(self) -> FaceIndex:
        """Return the gallery as it is now, ready to be searched; `GalleryError` names the cure."""
        version = self.store.version()
        if self._index is None or version != self._version:
            self._index = None
            self._index = FaceIndex.of(read_gallery(self.store.read(), self.store.name, self.model))
            self._version = version
        return self._index


def open_store(location: str) -> Store:
    """Return the store that a setting names: a path, or s3://bucket/key."""
    if not location.startswith("s3://"):
        return FileStore(Path(location))
    bucket, _, key = location.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise GalleryError(f"GALLERY is {location!r}: name an object as s3://bucket/key")
    import boto3  # noqa: PLC0415  # it takes a third of a cold start, and most galleries are files

    return S3Store(boto3.client("s3"), bucket, key)
