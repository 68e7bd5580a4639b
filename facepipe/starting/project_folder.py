"""Reads a project's folder: the text of its Python files and Dockerfiles, within limits; follows no links."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

#: folders that have no handler of the project: packages, what tools have made, and tests
SKIPPED_FOLDERS = frozenset(
    {"node_modules", "site-packages", "__pycache__", "build", "dist", "cdk.out", "venv", "env", "test", "tests"}
)
VENV_MARK = "pyvenv.cfg"  #: is in every virtual environment, whatever its name
REQUIREMENTS = "requirements.txt"
MOST_FILES, MOST_ENTRIES, MOST_BYTES = 2_000, 50_000, 1_000_000


class StartingError(RuntimeError):
    """No template can be written for a project; the message names the cause and the cure."""


@dataclass(slots=True)
class ProjectFolder:
    """The files of a project that matter here, by their path relative to its folder."""

    name: str = "project"
    python: dict[str, bytes] = field(default_factory=dict)
    dockerfiles: dict[str, str] = field(default_factory=dict)
    requirements: set[str] = field(default_factory=set)  #: paths of files requirements.txt
    not_read: list[str] = field(default_factory=list)  #: "path: why"


def read_folder(root: Path) -> ProjectFolder:
    """Read the files of a project."""
    if not root.is_dir():
        what = "is not a folder" if root.exists() else "does not exist"
        raise StartingError(f"{root} {what}; name the folder of your project: facepipe init DIR")
    read = ProjectFolder(root.resolve().name or "project")
    for file in _files(root, read):
        _take(read, file, file.relative_to(root).as_posix())
        if len(read.python) > MOST_FILES:
            raise StartingError(f"{root} has more than {MOST_FILES:,} Python files; name the folder of one project")
    return read


def _files(root: Path, read: ProjectFolder) -> Iterator[Path]:
    """Yield the files below a folder in the order of their names, without those of skipped folders."""

    def note(error: OSError) -> None:
        read.not_read.append(f"{Path(error.filename).relative_to(root)}: {error.strerror}")

    seen = 0
    for folder, folders, files in os.walk(root, followlinks=False, onerror=note):
        seen += len(folders) + len(files)
        if seen > MOST_ENTRIES:
            raise StartingError(f"{root} has more than {MOST_ENTRIES:,} files; name the folder of one project")
        folders[:] = sorted(name for name in folders if not _is_skipped(Path(folder, name)))
        yield from (Path(folder, name) for name in sorted(files))


def _is_skipped(folder: Path) -> bool:
    return folder.name.startswith(".") or folder.name in SKIPPED_FOLDERS or os.path.lexists(folder / VENV_MARK)


def _take(read: ProjectFolder, file: Path, path: str) -> None:
    """Read a file if it is Python, a Dockerfile or a list of requirements."""
    name = file.name
    is_dockerfile = name.startswith("Dockerfile") or name.endswith(".Dockerfile")
    is_python = name.endswith(".py") and not (name.startswith("test_") or name in ("conftest.py", "setup.py"))
    if name == REQUIREMENTS:
        read.requirements.add(path)
    if not (is_dockerfile or is_python):
        return
    try:
        if not file.is_file():  # a broken link, a pipe, a device
            return
        if file.stat().st_size > MOST_BYTES:
            read.not_read.append(f"{path}: it has more than {MOST_BYTES:,} bytes")
            return
        content = file.read_bytes()
    except OSError as error:
        read.not_read.append(f"{path}: {error.strerror}")
        return
    if is_python:
        read.python[path] = content
    else:
        read.dockerfiles[path] = content.decode("utf-8", "replace")
