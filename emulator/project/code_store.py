"""Keeps the code that the API brings, each archive in a folder of its own, until the emulator stops."""

import base64
import errno
import fcntl
import hashlib
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from emulator.aws.limits import TIMEOUT_S
from emulator.project.code_archives import FOLDER_MODE, unpack
from emulator.resources.code_source import CodeSource

#: after so long, no call that began with a function's former code can be in flight any more
KEPT_S = TIMEOUT_S.high + 60
_NO_CODE = (".git", ".venv", "__pycache__", ".aws-sam", ".mypy_cache", ".pytest_cache", ".ruff_cache")
_PATTERNS = shutil.ignore_patterns(*_NO_CODE)


@dataclass(frozen=True, slots=True)
class StoredCode:
    """Code that was unpacked, and notes about it for the user."""

    source: CodeSource
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class CodeStore:
    """The folders, in a folder that only this user may enter."""

    root: Path
    now: Callable[[], float] = time.monotonic
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _current: dict[str, Path] = field(default_factory=dict)  #: the latest folder of each function, and of each version
    _former: list[tuple[float, Path]] = field(default_factory=list)  #: since when, and which folder

    def unpack(self, function: str, archive: bytes) -> StoredCode:
        """Unpack an archive for a function, which may still be refused. Raises `ArchiveError` and `OSError`."""
        digest = hashlib.sha256(archive).digest()
        folder = self.root / f"{function}-{next(self._numbers)}-{digest.hex()[:8]}"
        folder.mkdir()
        folder.chmod(FOLDER_MODE)
        try:
            notes = unpack(archive, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        sha256 = base64.b64encode(digest).decode("ascii")
        return StoredCode(CodeSource(folder=str(folder), sha256=sha256, size_bytes=len(archive)), notes)

    def use(self, function: str, source: CodeSource | None) -> None:
        """Note the code of a function, or of a published version, from now on.

        Its former code is removed once no call can need it any more, unless another version runs it.
        """
        if former := self._current.pop(function, None):
            self._former.append((self.now(), former))
        if source and source.folder and source.sha256:
            self._current[function] = Path(source.folder)
        used = set(self._current.values())
        due = [folder for since, folder in self._former if self.now() - since > KEPT_S and folder not in used]
        self._former = [(since, folder) for since, folder in self._former if folder not in due]
        for folder in due:
            shutil.rmtree(folder, ignore_errors=True)

    def copy(self, key: str, folder: Path) -> Path:
        """Copy a folder for a version, without what is not part of its code, and note it. Raises `OSError`."""
        copy = self.root / f"{key.replace(':', '-')}-{next(self._numbers)}"
        try:
            shutil.copytree(folder, copy, symlinks=True, ignore=_no_code)
        except OSError as error:
            shutil.rmtree(copy, ignore_errors=True)
            raise _first(error) from error
        self._current[key] = copy
        return copy

    def drop(self, source: CodeSource) -> None:
        """Remove unpacked code that no function has got."""
        if source.folder and source.sha256:
            shutil.rmtree(source.folder, ignore_errors=True)


def _no_code(folder: str, names: list[str]) -> set[str]:
    """Return the names in a folder that are no code: tools' folders, sockets, pipes and devices."""
    paths = {name: Path(folder, name) for name in names}
    special = {name for name, path in paths.items() if not (path.is_symlink() or path.is_file() or path.is_dir())}
    return special | _PATTERNS(folder, names)


def _first(error: OSError) -> OSError:
    """Return an error that says why; that of copying several files has a list of reasons."""
    if error.strerror or not error.args:
        return error
    reasons = error.args[0]
    return OSError(errno.EIO, str(reasons[0][2]) if isinstance(reasons, list) and reasons else str(error))


@contextmanager
def code_store(root: Path | None) -> Iterator[CodeStore]:
    """Yield an empty store in a folder below `root`, or in a temporary one; it is removed at the end.

    What an emulator that was killed has left there is removed at the start. Others that run are left alone.
    """
    if root is None:
        with tempfile.TemporaryDirectory(prefix="facepipe-code-", ignore_cleanup_errors=True) as temporary:
            yield CodeStore(Path(temporary))
        return
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(root, wait=True):
        for left in root.iterdir():
            with suppress(OSError), _locked(left):
                shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(dir=root))
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield CodeStore(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


@contextmanager
def _locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Lock a folder while the block lasts; `OSError` if another process has locked it. A killed one's lock ends."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
