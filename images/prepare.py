"""Runs once before the function containers: brings them RIE and the supervisor, and a first gallery.

Their images hold neither, and their root is read-only; two volumes carry them. Every start brings the current files.
"""

import os
import shutil
import stat
import sys
from pathlib import Path

FUNCTIONS_GROUP = 990  #: compose.yaml: the functions run as 993:990
HERE, TOOLS, GALLERY = Path("/prepare"), Path("/facepipe"), Path("/gallery/gallery.npz")


def place(source: Path, target: Path, mode: int) -> None:
    """Put a whole file in place; a running container keeps the one that it has open."""
    part = target.with_name(target.name + ".part")
    shutil.copyfile(source, part)
    part.chmod(mode)
    part.replace(target)


def share(gallery: Path, group: int) -> None:
    """Let the functions read the gallery, and nobody else: it has their group, and so has what enrol puts in its place.

    A folder that cannot be shared so, for it lies on a file system without groups, is left as it is.
    """
    folder = gallery.parent
    try:
        os.chown(folder, -1, group)
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_ISGID | stat.S_IRGRP | stat.S_IXGRP)
        os.chown(gallery, -1, group)
        gallery.chmod(0o640)
    except OSError as error:
        cure = f"let the group {group} read it and its gallery.npz if the functions cannot"
        sys.stderr.write(f"prepare: the functions cannot be given the gallery's folder ({error.strerror}): {cure}\n")


def main() -> None:
    """Bring the files."""
    place(HERE / "aws-lambda-rie", TOOLS / "aws-lambda-rie", 0o755)
    place(HERE / "supervisor.pyz", TOOLS / "supervisor.pyz", 0o644)
    if not GALLERY.exists():
        place(HERE / "sample-gallery.npz", GALLERY, 0o644)  # nobody's secret: readable also where it cannot be shared
    share(GALLERY, FUNCTIONS_GROUP)
    os.sync()


if __name__ == "__main__":
    main()
