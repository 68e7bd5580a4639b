"""Runs once before the function containers: brings them RIE and the supervisor, and a first gallery.

Their images hold neither, and their root is read-only; two volumes carry them. Every start brings the current files.
"""

import os
import shutil
from pathlib import Path

HERE, TOOLS, GALLERY = Path("/prepare"), Path("/facepipe"), Path("/gallery/gallery.npz")


def place(source: Path, target: Path, mode: int) -> None:
    """Put a whole file in place; a running container keeps the one that it has open."""
    part = target.with_name(target.name + ".part")
    shutil.copyfile(source, part)
    part.chmod(mode)
    part.replace(target)


def main() -> None:
    """Bring the files."""
    place(HERE / "aws-lambda-rie", TOOLS / "aws-lambda-rie", 0o755)
    place(HERE / "supervisor.pyz", TOOLS / "supervisor.pyz", 0o644)
    if not GALLERY.exists():
        place(HERE / "sample-gallery.npz", GALLERY, 0o644)
    os.sync()


if __name__ == "__main__":
    main()
