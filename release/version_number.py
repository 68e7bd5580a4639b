"""The version: pyproject.toml has it, and no other file."""

import re
import tomllib
from collections.abc import Collection
from pathlib import Path

from packaging.version import InvalidVersion, Version

from release.release_error import ReleaseError

FILE = "pyproject.toml"
#: semantic versioning, with Python's spelling of versions before a release
FORM = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")
LINE = re.compile(r'^version = ".*"$', re.MULTILINE)


def read_version(root: Path) -> str:
    """Return the version of a checkout."""
    return str(tomllib.loads((root / FILE).read_text(encoding="utf-8"))["project"]["version"])


def tag_of(version: str) -> str:
    """Return the name of a version's tag."""
    return f"v{version}"


def verify_new(version: str, tags: Collection[str]) -> None:
    """Raise `ReleaseError` unless a version has the right form and comes after all that have a tag."""
    if not FORM.fullmatch(version):
        raise ReleaseError(f"{version} is no version: write MAJOR.MINOR.PATCH, such as 1.4.0, or 1.4.0rc1 before it")
    if tag_of(version) in tags:
        raise ReleaseError(
            f"the tag {tag_of(version)} exists, so {version} is released: scripts/release --prepare NEXT begins another"
        )
    released = [found for tag in tags if (found := _version_of(tag)) is not None]
    if released and max(released) > Version(version):
        raise ReleaseError(f"{version} comes before {max(released)}, which is released: choose a later version")


def _version_of(tag: str) -> Version | None:
    try:
        return Version(tag.removeprefix("v")) if tag.startswith("v") else None
    except InvalidVersion:
        return None


def with_number(text: str, version: str) -> str:
    """Return pyproject.toml's text with another version."""
    return LINE.sub(f'version = "{version}"', text, count=1)
