"""The gallery in compose: the functions' group reads it, and nobody else, whoever the folder belongs to."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from images.prepare import FUNCTIONS_GROUP, share

ROOT = Path(__file__).resolve().parents[3]
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="what containers do as root is tried as root")
#: a user's folder, a user's people: neither is root, nor the functions' user
USER = 12_345


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def in_container(service: str, folder: Path, program: str) -> None:
    """Run a program as root with the capabilities that compose.yaml gives the service, and no other."""
    wanted = ",".join(f"+{name.lower()}" for name in SERVICES[service]["cap_add"])
    only = ["setpriv", f"--bounding-set=-all,{wanted}", f"--inh-caps=-all,{wanted}", "--clear-groups", "--no-new-privs"]
    subprocess.run(
        [*only, sys.executable, "-c", program, str(folder)], cwd=ROOT, check=True, env={**os.environ, "PYTHONPATH": "."}
    )


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of a user's with a gallery as it was before: everybody may read it. Others may reach it."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        folder = Path(parent) / "gallery"
        folder.mkdir(mode=0o755)
        (folder / "gallery.npz").write_bytes(b"people")
        (folder / "gallery.npz").chmod(0o644)
        yield folder


SHARE = "import sys, images.prepare as p; p.share(p.Path(sys.argv[1]) / 'gallery.npz', p.FUNCTIONS_GROUP)"
WRITE = """
import sys, numpy as np
from pathlib import Path
from services.enrolment.gallery_file import write_gallery
from services.face_recognition.gallery import Gallery, Model
write_gallery(Gallery(("Ada",), np.eye(1, 512, dtype=np.float32), Model("m", "0"), 1.0), Path(sys.argv[1]) / "gallery.npz")
"""


def test_the_functions_group_is_the_one_that_they_run_with() -> None:
    assert SERVICES["face-recognition"]["user"].split(":")[1] == str(FUNCTIONS_GROUP)


@as_root
@pytest.mark.parametrize("owner", [0, USER])
def test_prepare_shares_the_gallery_with_the_functions_and_nobody_else(folder: Path, owner: int) -> None:
    for path in (folder, folder / "gallery.npz"):
        os.chown(path, owner, owner)
    in_container("prepare", folder, SHARE)
    gallery = (folder / "gallery.npz").stat()
    assert (gallery.st_uid, gallery.st_gid, stat.S_IMODE(gallery.st_mode)) == (owner, FUNCTIONS_GROUP, 0o640)
    assert (folder.stat().st_uid, folder.stat().st_gid, mode(folder)) == (owner, FUNCTIONS_GROUP, 0o2755)


@as_root
@pytest.mark.parametrize("owner", [0, USER])
def test_who_enrols_in_a_container_leaves_the_gallery_to_its_owner_and_the_functions(folder: Path, owner: int) -> None:
    os.chown(folder, owner, owner)
    in_container("prepare", folder, SHARE)
    in_container("enrol", folder, WRITE)
    gallery = (folder / "gallery.npz").stat()
    assert (gallery.st_uid, gallery.st_gid, stat.S_IMODE(gallery.st_mode)) == (owner, FUNCTIONS_GROUP, 0o640)


@as_root
def test_who_enrols_on_the_machine_shares_a_prepared_folder_too(folder: Path) -> None:
    """Without belonging to the functions' group."""
    os.chown(folder, USER, USER)
    in_container("prepare", folder, SHARE)
    as_user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    if subprocess.run([*as_user, sys.executable, "-c", "import numpy"], cwd=ROOT, check=False).returncode:
        pytest.skip("this machine's Python is for root alone")
    subprocess.run([*as_user, sys.executable, "-B", "-c", WRITE, str(folder)], cwd=ROOT, check=True)
    gallery = (folder / "gallery.npz").stat()
    assert (gallery.st_uid, gallery.st_gid, stat.S_IMODE(gallery.st_mode)) == (USER, FUNCTIONS_GROUP, 0o640)


def test_a_folder_that_cannot_be_shared_is_told_with_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file system without groups says so at the first call; the start goes on."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    share(folder / "gallery.npz", FUNCTIONS_GROUP)
    assert "Operation not permitted" in (told := capsys.readouterr().err)
    assert "let the group 990 read it" in told
    assert mode(folder / "gallery.npz") == 0o644
