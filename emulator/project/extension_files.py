"""The external extensions of a project that are on this machine (RT-20): those of layers, and those of images."""

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

OPT = PurePosixPath("/opt")
FOLDER = "extensions"  #: below /opt


def extensions_of_image(context: Path, copies: Iterable[tuple[str, str]]) -> tuple[Path, ...]:
    """Return what a Dockerfile copies from its context into /opt/extensions."""
    found = []
    for source, destination in copies:
        target, copied = PurePosixPath(destination), context / source.strip("/")
        if target == OPT / FOLDER or target.parent == OPT / FOLDER:
            found.append(copied)
        elif target == OPT:
            found.append(copied / FOLDER)
    return tuple(place for place in found if place.exists())


def extension_files(layers: Sequence[Path], places: Sequence[Path]) -> tuple[str, ...]:
    """Return the files of the extensions in layers (Lambda unpacks layers into /opt) and in further places."""
    folders = [layer / FOLDER for layer in layers] + list(places)
    files = [file for place in folders for file in (sorted(place.iterdir()) if place.is_dir() else [place])]
    return tuple(str(file) for file in files if file.is_file())
