"""`facepipe enrol` and `facepipe people` as a user types them."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.enrolment.gallery_file import photo_ids, read_any_file
from services.enrolment.kept_faces import KeptFaces

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.models


@pytest.fixture
def people(models_dir: Path, samples: Path, tmp_path: Path) -> Path:
    """Two people with a photo each."""
    for name, photo in (("Grace Hopper", "grace_hopper.jpg"), ("Eileen Collins", "astronaut.png")):
        (tmp_path / "people" / name).mkdir(parents=True)
        shutil.copy(samples / photo, tmp_path / "people" / name)
    return tmp_path / "people"


def facepipe(people: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FACEPIPE_GALLERY": str(people.parent / "gallery.npz")}
    command = [sys.executable, "-m", "facepipe", *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert "Traceback" not in result.stderr
    return result


def test_people_are_enrolled_listed_and_forgotten(people: Path) -> None:
    result = facepipe(people, "enrol", str(people))
    assert result.returncode == 0, result.stderr
    assert "2 photos enrolled. The gallery holds 2 people, 2 photos." in result.stdout
    again = facepipe(people, "enrol", str(people))
    assert again.returncode == 0
    assert "0 photos enrolled, 2 known already. The gallery holds 2 people, 2 photos." in again.stdout
    assert facepipe(people, "people", "remove", "Grace Hopper").returncode == 0
    listed = facepipe(people, "people")
    assert listed.returncode == 0
    assert "Eileen Collins" in listed.stdout
    assert "Grace" not in listed.stdout
    assert "margin 32" in listed.stderr
    assert facepipe(people, "people", "remove", "Grace Hopper").returncode == 2


def test_pictures_of_enrolled_faces_are_kept_beside_the_gallery_and_leave_it_with_their_people(people: Path) -> None:
    gallery = people.parent / "gallery.npz"
    kept = KeptFaces(gallery)
    facepipe(people, "enrol", str(people))
    names = {note.file_name for note in kept.notes().values()}
    assert names == {"grace_hopper.jpg", "astronaut.png"}
    assert set(kept.notes()) == set(photo_ids(read_any_file(gallery)))
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    facepipe(people, "people", "remove", "Grace Hopper")
    assert {note.file_name for note in kept.notes().values()} == {"astronaut.png"}
    assert facepipe(people, "enrol", str(people), "--replace", "--no-pictures").returncode == 0
    assert kept.notes() == {}, "who replaces everybody forgets the pictures of everybody"


def test_what_was_left_out_is_named_and_is_the_exit_code(people: Path) -> None:
    Image.fromarray(np.full((200, 200, 3), 90, np.uint8)).save(people / "Grace Hopper" / "wall.jpg")
    (people / "Grace Hopper" / "broken.heic").write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")
    (people / "Grace Hopper" / "clip.mp4").touch()
    (people / "Nobody").mkdir()
    result = facepipe(people, "enrol", str(people))
    assert result.returncode == 1, result.stderr
    for words in (
        "wall.jpg: no face found",
        "broken.heic: it is no image that is understood",
        "Grace Hopper/clip.mp4: a video",
        "without a photo, so not enrolled: Nobody",
        "2 photos enrolled, 3 left out, 1 person without a photo",
    ):
        assert words in result.stdout


def test_nobody_enrolled_leaves_the_gallery_as_it_was_and_says_why(people: Path) -> None:
    facepipe(people, "enrol", str(people))
    before = (people.parent / "gallery.npz").read_bytes()
    for photo in people.glob("*/*"):
        photo.write_bytes(b"junk")
    result = facepipe(people, "enrol", str(people), "--replace")
    assert result.returncode == 2
    assert result.stdout.count("it is no image that is understood") == 2
    assert "the gallery stays as it was" in result.stderr
    assert (people.parent / "gallery.npz").read_bytes() == before


def test_the_cure_for_a_damaged_gallery_is_one(people: Path) -> None:
    (people.parent / "gallery.npz").write_bytes(b"PK\x03\x04 half a gallery")
    for arguments in (["enrol", str(people)], ["people"], ["people", "remove", "x"]):
        result = facepipe(people, *arguments)
        assert result.returncode == 2
        assert "is damaged" in result.stderr
        assert "facepipe enrol PEOPLE --replace" in result.stderr
    assert facepipe(people, "enrol", str(people), "--replace").returncode == 0
    assert "Grace Hopper" in facepipe(people, "people").stdout


def test_a_heic_photo_is_enrolled_as_the_same_photo(people: Path, samples: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    facepipe(people, "enrol", str(people))
    pillow_heif.register_heif_opener()
    Image.open(samples / "grace_hopper.jpg").save(people / "Grace Hopper" / "phone.HEIC", "HEIF", quality=95)
    result = facepipe(people, "enrol", str(people))
    assert result.returncode == 0
    assert "left out" not in result.stdout
    assert "phone.HEIC" not in result.stdout, "nothing is odd about it"


def test_a_gallery_that_cannot_be_written_is_known_before_a_photo_is_looked_at(people: Path) -> None:
    (people / "Grace Hopper" / "broken.jpg").write_bytes(b"junk")
    (people.parent / "file").touch()
    (people.parent / "folder").mkdir()
    for gallery in ("file/gallery.npz", "folder"):
        result = facepipe(people, "enrol", str(people), "--gallery", str(people.parent / gallery))
        assert result.returncode == 2
        assert len(result.stderr.strip().splitlines()) == 1
        assert "broken.jpg" not in result.stdout


def test_another_margin_is_not_mixed_in(people: Path) -> None:
    facepipe(people, "enrol", str(people), "--margin", "0")
    refused = facepipe(people, "enrol", str(people), "--margin", "32")
    assert refused.returncode == 2
    assert "--replace" in refused.stderr
    added = facepipe(people, "enrol", str(people))
    assert added.returncode == 0
    assert "margin of 0 pixels" in added.stderr
    assert facepipe(people, "enrol", str(people), "--margin", "32", "--replace").returncode == 0
    assert "margin 32" in facepipe(people, "people").stderr


def test_nothing_that_a_name_holds_is_obeyed_by_the_terminal(people: Path) -> None:
    (people / "Grace Hopper" / "\x1b[31mred\u202e.jpg").write_bytes(b"junk")
    (people / "Grace Hopper" / "[bold]x.jpg").write_bytes(b"junk")
    result = facepipe(people, "enrol", str(people))
    assert "\\x1b[31mred\\u202e.jpg: it is no image" in result.stdout
    assert "[bold]x.jpg: it is no image" in result.stdout
    (people / "\x1b]0;title\x07").mkdir()
    refused = facepipe(people, "enrol", str(people))
    assert refused.returncode == 2
    assert "rename the folder" in refused.stderr
    for text in (result.stdout, result.stderr, refused.stdout, refused.stderr):
        assert not set(text) & {"\x1b", "\x07", "\u202e"}
