"""Whether a checkout can be released as it is, and what makes it ready: version, changelog, commit and tag."""

from pathlib import Path

from release import changelog
from release.release_error import ReleaseError
from release.repository import tags, uncommitted
from release.version_number import FILE as VERSION_FILE
from release.version_number import read_version, verify_new, with_number

SHOWN = 10  #: so many uncommitted files are named


def verify_ready(root: Path) -> str:
    """Return the version that the checkout is ready for; `ReleaseError` with what is missing."""
    version = read_version(root)
    verify_clean(root)
    verify_new(version, tags(root))
    changelog.section(_changelog(root), version)
    return version


def verify_clean(root: Path) -> None:
    """Raise `ReleaseError` with the files that are not committed."""
    files = uncommitted(root)
    if files:
        more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
        named = ", ".join(files[:SHOWN]) + more
        raise ReleaseError(f"not everything is committed: {named}. Commit or remove it: a release is made of a commit")


def prepare(root: Path, version: str, day: str) -> None:
    """Write a version into pyproject.toml and the changelog. Nothing is committed."""
    verify_new(version, tags(root))
    verify_clean(root)
    changed = changelog.with_version(_changelog(root), version, day)
    numbered = with_number((root / VERSION_FILE).read_text(encoding="utf-8"), version)
    (root / changelog.FILE).write_text(changed, encoding="utf-8")
    (root / VERSION_FILE).write_text(numbered, encoding="utf-8")


def _changelog(root: Path) -> str:
    return (root / changelog.FILE).read_text(encoding="utf-8")
