"""Wheel and sdist, built twice in folders and surroundings that differ, and compared byte for byte."""

import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from release.files import verify_alike
from release.release_error import ReleaseError
from release.repository import Commit, export

#: what must make no difference: the second build has another folder, user mask, time zone, language and hash seed
ROUNDS: tuple[tuple[str, int, Mapping[str, str]], ...] = (
    ("first", 0o022, {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "1"}),
    ("second/of/another/length", 0o077, {"TZ": "Asia/Kolkata", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"}),
)


@dataclass(frozen=True, slots=True)
class Distributions:
    """The two files that go to a package index."""

    wheel: Path
    sdist: Path

    @property
    def files(self) -> tuple[Path, Path]:
        """Both."""
        return self.wheel, self.sdist


def build_alike(root: Path, commit: Commit, work: Path) -> Distributions:
    """Build both of a commit twice, and the wheel once more out of the sdist; `ReleaseError` where they differ."""
    builds = []
    for folder, mask, variables in ROUNDS:
        source = work / folder / "source"
        source.mkdir(parents=True)
        export(root, commit, source)
        builds.append(build(source, work / folder / "built", commit.time, mask=mask, variables=variables))
    first, second = builds
    verify_alike(first.sdist, second.sdist)
    verify_alike(first.wheel, second.wheel)
    verify_alike(first.wheel, _wheel_of(first.sdist, work / "out-of-the-sdist", commit.time))
    return first


def build(source: Path, target: Path, epoch: int, *, mask: int, variables: Mapping[str, str]) -> Distributions:
    """Build wheel and sdist of a folder, with the backend that pyproject.toml names, in the version that is tested."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HATCH_", "FACEPIPE_"))}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "hatchling", "build", "--directory", str(target)],
        cwd=source,
        env={**kept, **variables, "SOURCE_DATE_EPOCH": str(epoch)},
        umask=mask,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReleaseError(f"the package cannot be built: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    return Distributions(_only(target, "*.whl"), _only(target, "*.tar.gz"))


def _wheel_of(sdist: Path, folder: Path, epoch: int) -> Path:
    with tarfile.open(sdist) as tar:
        tar.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    _, mask, variables = ROUNDS[0]
    return build(source, folder / "built", epoch, mask=mask, variables=variables).wheel


def _only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found
