"""The sha256 of a file, and the proof that two files are alike."""

import hashlib
from pathlib import Path

from release.release_error import ReleaseError


def sha256(file: Path) -> str:
    """Return the digest of a file's content."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def verify_alike(first: Path, second: Path) -> None:
    """Raise `ReleaseError` unless two files have the same name and the same bytes."""
    if (first.name, sha256(first)) != (second.name, sha256(second)):
        raise ReleaseError(
            f"two builds of one commit differ: {first} and {second}. `diffoscope` (pip install diffoscope) shows where"
        )


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS of all files below a folder, as `sha256sum --check` reads it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [f"{sha256(path)}  {path.relative_to(folder)}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
