"""Which files there are, and in which state: two snapshots show what was saved between them."""

# ruff: noqa: PTH112, PTH114, PTH116, PTH120  # pathlib would take several times as long for thousands of files

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from emulator.reload.counted_files import is_counted_file, is_counted_folder, is_counted_name

FileState = tuple[int, int, int]  #: time of the last change in nanoseconds, size, inode


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The counted files below some roots, and the places where a change of them can be noticed."""

    files: Mapping[str, FileState] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()  #: each new or changed file in them counts, if its name does
    targets: frozenset[str] = frozenset()  #: roots and files behind symbolic links, which are in other folders
    around: frozenset[str] = frozenset()  #: the nearest folders of the targets that exist

    @property
    def watched(self) -> frozenset[str]:
        """The folders to watch."""
        return self.folders | self.around

    def concerns(self, path: str) -> bool:
        """Return whether a change at this path may change the snapshot."""
        folder, _, name = path.rpartition("/")
        if folder in self.folders and is_counted_name(name):
            return True
        return any(target == path or target.startswith(path + "/") for target in self.targets)

    def changed_since(self, before: "Snapshot") -> frozenset[Path]:
        """Return the files that were added, changed or removed."""
        return frozenset(Path(name) for name, _ in self.files.items() ^ before.files.items())

    def with_states_of(self, before: "Snapshot") -> "Snapshot":
        """Return this snapshot with the known files in their earlier state, so that only unknown files count as new."""
        known = {name: state for name, state in before.files.items() if name in self.files}
        return replace(self, files={**self.files, **known})


@dataclass(slots=True)
class _Scan:
    files: dict[str, FileState] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    targets: set[str] = field(default_factory=set)

    def add_root(self, root: str) -> None:
        """Add a root. Its parent folder shows when the root is removed, created or replaced."""
        self.targets |= {root, os.path.realpath(root)}
        if os.path.isdir(root):
            self._add_folder(root)
        else:
            self._add_file(root)

    def _add_folder(self, root: str) -> None:
        """Add all counted files below a folder, also those behind symbolic links; each real folder once."""
        left = [root]
        while left:
            folder = left.pop()
            real = os.path.realpath(folder)
            if real in self.folders:
                continue
            self.folders.add(real)
            for entry in _entries(folder):
                if _is_folder(entry):
                    left += [entry.path] if is_counted_folder(entry.name) else []
                elif is_counted_file(entry.name):
                    self._add_file(entry.path)

    def _add_file(self, path: str) -> None:
        try:
            found = os.stat(path)
        except OSError:  # it has disappeared, or is a link that leads nowhere
            return
        if stat.S_ISREG(found.st_mode):
            self.files[path] = (found.st_mtime_ns, found.st_size, found.st_ino)
            if os.path.islink(path):
                self.targets.add(os.path.realpath(path))


def scan(roots: Iterable[Path]) -> Snapshot:
    """Take a snapshot. A root is a folder or a file; it may be missing."""
    found = _Scan()
    for root in roots:
        found.add_root(str(root))
    around = frozenset(_nearest_folder(os.path.dirname(target)) for target in found.targets)
    return Snapshot(found.files, frozenset(found.folders), frozenset(found.targets), around)


def _entries(folder: str) -> Iterator["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            yield from list(entries)
    except OSError:  # it has disappeared, or cannot be read
        return


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _nearest_folder(path: str) -> str:
    """Return a folder, or the nearest one above it that exists."""
    while not os.path.isdir(path) and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return os.path.realpath(path)
