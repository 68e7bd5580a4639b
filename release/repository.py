"""What git says of the checkout, and the files of a commit in a folder of their own."""

import io
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from release.release_error import ReleaseError


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that is released."""

    digest: str
    time: int  #: seconds since 1970: what SOURCE_DATE_EPOCH is for every build


def current_commit(root: Path) -> Commit:
    """Return the commit that is checked out."""
    digest, time = _git(root, "log", "-1", "--format=%H %ct").split()
    return Commit(digest, int(time))


def uncommitted(root: Path) -> list[str]:
    """Return the files that differ from the commit, or that git does not know and does not ignore."""
    return [line[3:] for line in _git(root, "status", "--porcelain").splitlines()]


def tags(root: Path) -> frozenset[str]:
    """Return the names of all tags."""
    return frozenset(_git(root, "tag", "--list").split())


def export(root: Path, commit: Commit, folder: Path) -> None:
    """Write the files of a commit, and no others, into a new folder. Their times are the commit's."""
    archive = _run(root, "archive", "--format=tar", commit.digest)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="tar")


def _git(root: Path, *arguments: str) -> str:
    return _run(root, *arguments).decode()


def _run(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise ReleaseError("git is not installed here: a release is made of a commit") from error
    if done.returncode:
        raise ReleaseError(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
