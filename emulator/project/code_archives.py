"""Unpacks the zip archive of a function's code, which may come from anywhere, into a folder of its own."""

import errno
import io
import os
import posixpath
import stat
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.aws.limits import UNZIPPED_BYTES

#: Lambda's words for an archive that it cannot unpack, for one without files, and for one that is too large
INVALID = "Could not unzip uploaded file. Please check your file, then try to upload again."
EMPTY = "Uploaded file must be a non-empty zip"
TOO_LARGE = f"Unzipped size must be smaller than {UNZIPPED_BYTES} bytes"
ENTRIES = 50_000  #: in one archive; AWS publishes no limit
CHUNK_BYTES = 1 << 20
FILE_MODE, FOLDER_MODE = 0o644, 0o755  #: below a folder that only this user may enter
LINK_BYTES = 4_096  #: the longest target of a link
#: of a path: Linux takes 255 bytes between two slashes, and Python's shutil cannot remove folders 1,000 levels deep
PATH_BYTES, PART_BYTES, LEVELS = 2_000, 255, 100
NAMED = 5  #: how many files a note names


class ArchiveError(ValueError):
    """The archive is refused: `lambda_message` is Lambda's, the message says why."""

    def __init__(self, why: str, lambda_message: str = INVALID) -> None:
        super().__init__(why)
        self.lambda_message = lambda_message


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """A file or a symbolic link of an archive."""

    info: zipfile.ZipInfo
    path: str  #: relative to the folder, normalised

    @property
    def mode(self) -> int:
        """The Unix mode that the archive gives it; 0 if it gives none."""
        return self.info.external_attr >> 16

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)


def unpack(archive: bytes, folder: Path) -> tuple[str, ...]:
    """Write an archive's files below an empty folder; return notes for the user. Raises `ArchiveError`.

    No file is written outside of the folder: all files are written before the links, and links lead inside.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = _entries(opened)
            left = UNZIPPED_BYTES
            for entry in (entry for entry in entries if not entry.is_link):
                left -= _write(opened, entry, folder / entry.path, left)
            links = [entry for entry in entries if entry.is_link]
            for entry in links:
                _link(opened, entry, folder)
            _check_links(links, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError) as error:
        raise ArchiveError(f"it is not a zip archive that can be read ({error})") from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise ArchiveError(f"two of its entries have the same path ({Path(str(error.filename)).name})") from error
    return _notes(entries)


def _entries(archive: zipfile.ZipFile) -> list[ArchiveEntry]:
    """Return the files and links with the paths they get; of two with one path, the later."""
    infos = archive.infolist()
    if len(infos) > ENTRIES:
        raise ArchiveError(f"it has {len(infos):,} entries, more than {ENTRIES:,}")
    if sum(info.file_size for info in infos) > UNZIPPED_BYTES:
        raise ArchiveError("its files are too large", TOO_LARGE)
    found = {path: ArchiveEntry(info, path) for info in infos if not info.is_dir() for path in [_path(info.filename)]}
    if not found:
        raise ArchiveError("it has no files", EMPTY)
    return list(found.values())


def _path(name: str) -> str:
    """Return a path below the folder; one that leads out of it is refused."""
    path = posixpath.normpath(name)
    if path.startswith(("/", "../")) or path in ("..", ".") or "\\" in name or "\0" in name:
        raise ArchiveError(f"the path {name[:200]!r} is not below the function's folder")
    parts = path.split("/")
    if len(parts) > LEVELS or max(len(part.encode()) for part in parts) > PART_BYTES or len(path) > PATH_BYTES:
        raise ArchiveError(f"the path {name[:200]!r} is too long or too deep for a file system")
    return path


def _write(archive: zipfile.ZipFile, entry: ArchiveEntry, target: Path, most: int) -> int:
    """Write a file with the mode that the archive gives it; return its size.

    This user can always read it, and no other user can change it: what is in it runs as this user.
    """
    _make_folders(target.parent)
    written = 0
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    descriptor = os.open(target, flags, 0o600)
    os.fchmod(descriptor, (entry.mode & FOLDER_MODE or FILE_MODE) | 0o600)
    with archive.open(entry.info) as source, os.fdopen(descriptor, "wb") as file:
        while chunk := source.read(CHUNK_BYTES):
            written += len(chunk)
            if written > most:
                raise ArchiveError("its files are too large", TOO_LARGE)
            file.write(chunk)
    return written


def _link(archive: zipfile.ZipFile, entry: ArchiveEntry, folder: Path) -> None:
    """Make a symbolic link, in a folder that is none."""
    place = folder / entry.path
    if entry.info.file_size > LINK_BYTES:
        raise ArchiveError(f"the target of the link {entry.path!r} is too long")
    if any(parent.is_symlink() for parent in place.parents):
        raise ArchiveError(f"the path {entry.path!r} leads through a link")
    _make_folders(place.parent)
    target = archive.read(entry.info).decode()
    if not target or "\0" in target:
        raise ArchiveError(f"the link {entry.path!r} has no target")
    place.symlink_to(target)


def _make_folders(folder: Path) -> None:
    """Make a folder and those above it, whatever this process's umask is: containers have users of their own."""
    for missing in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
        missing.mkdir()
        missing.chmod(FOLDER_MODE)


def _check_end(link: Path) -> None:
    """Refuse a link that leads to itself, directly or through others."""
    try:
        link.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ArchiveError(f"the link {link.name!r} leads in a circle") from error


def _check_links(links: Sequence[ArchiveEntry], folder: Path) -> None:
    """Refuse links that lead out of the folder, when all of them are there: one may lead through another."""
    for entry in links:
        _check_end(folder / entry.path)
        if not (folder / entry.path).resolve().is_relative_to(folder.resolve()):
            raise ArchiveError(f"the link {entry.path!r} leads out of the function's folder")


def _notes(entries: Sequence[ArchiveEntry]) -> tuple[str, ...]:
    """Return what would go wrong on AWS, where the function is another user than the owner of its files."""
    closed = [entry.path for entry in entries if entry.mode and not entry.is_link and not entry.mode & stat.S_IROTH]
    if not closed:
        return ()
    others = f" and {len(closed) - NAMED} more" if len(closed) > NAMED else ""
    names = ", ".join(closed[:NAMED])
    return (f"on AWS the function may not read {names}{others}: chmod o+r before you make the archive",)
