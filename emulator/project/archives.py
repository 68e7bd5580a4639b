"""Unpacks the archives that a template names as code or as layers, once for each content."""

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

from emulator.project.code_archives import ArchiveError, unpack
from emulator.project.plans import ProjectError
from emulator.resources import Function

SUFFIX = ".zip"


def with_unpacked(function: Function, project: Path, made: Path) -> Function:
    """Return the function with folders in place of the archives of its code and its layers. Raises `ProjectError`."""
    source = function.source
    named = [source.folder or "", *source.layers]
    if not any(name.endswith(SUFFIX) for name in named):
        return function
    folder, *layers = [_unpacked(function, project, name, made) for name in named]
    return replace(function, source=replace(source, folder=folder or source.folder, layers=tuple(layers)))


def _unpacked(function: Function, project: Path, name: str, made: Path) -> str:
    archive = project / name
    if not name.endswith(SUFFIX) or archive.is_dir():
        return name
    try:
        content = archive.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:16]
        folder = made / "unpacked" / digest
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent) as partial:
                unfinished = Path(partial) / digest
                unfinished.mkdir()
                unpack(content, unfinished)
                try:
                    unfinished.rename(folder)
                except OSError:
                    if not folder.is_dir():  # else another facepipe was faster
                        raise
    except (OSError, ArchiveError) as error:
        raise ProjectError(f"{function.name}: {archive} cannot be unpacked ({error}); make it anew") from error
    return str(folder)
