"""Folders of people as people lay them out, right and wrong."""

import unicodedata
from pathlib import Path

import pytest

from services.enrolment.people_folder import EnrolError, people_in


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_each_folder_is_a_person(tmp_path: Path) -> None:
    found = people_in(touch(tmp_path, "Ada/2.JPG", "Ada/1.heic", "Bob/1.avif", "Bob/notes.txt", ".git/x.jpg"))
    assert [(photo.name, photo.path.name) for photo in found.photos] == [
        ("Ada", "1.heic"),
        ("Ada", "2.JPG"),
        ("Bob", "1.avif"),
    ]
    assert (found.without_photos, found.unread) == ((), ())


def test_what_looks_like_a_photo_and_is_not_read_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "Ada/1.jpg", "Ada/2.mp4", "Ada/3.CR2", "Ada/holiday/4.jpg", "5.jpg", "Cleo/readme.txt")
    found = people_in(tmp_path)
    assert {path.name: reason.split(":")[0] for path, reason in found.unread} == {
        "2.mp4": "a video",
        "3.CR2": "a camera's raw file",
        "holiday": "a folder within Ada's folder is not looked into",
        "5.jpg": "lies in no person's folder",
    }
    assert found.without_photos == ("Cleo",)


def test_a_folder_too_deep_a_folder_too_high_and_no_folder(tmp_path: Path) -> None:
    touch(tmp_path, "people/Ada/1.jpg")
    with pytest.raises(EnrolError, match="name the folder above it; otherwise put them into .*/<name>/"):
        people_in(tmp_path / "people/Ada")
    with pytest.raises(EnrolError, match=f"seem to be in {tmp_path}/people, so name that"):
        people_in(tmp_path)
    touch(tmp_path, "people/Bob/1.jpg", "screenshots/1.jpg")
    with pytest.raises(EnrolError, match=f"one level too high: .* in {tmp_path}/people, so name that"):
        people_in(tmp_path)
    with pytest.raises(EnrolError, match="is no folder"):
        people_in(tmp_path / "missing")
    with pytest.raises(EnrolError, match="holds no photos"):
        people_in(touch(tmp_path, "empty/Ada/x.txt") / "empty")


@pytest.mark.parametrize("name", ["a,b", "unknown", "a\nb", "\x1b[31mred", "x" * 129, "a\u202eb"])
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    touch(tmp_path, f"{name}/1.jpg")
    with pytest.raises(EnrolError, match="(?s)cannot be a person's name.*rename the folder"):
        people_in(tmp_path)


def test_a_name_is_one_name_however_its_accents_are_stored(tmp_path: Path) -> None:
    """macOS stores "Ä" as two characters, Linux as one."""
    touch(tmp_path, unicodedata.normalize("NFD", "Änne") + "/1.jpg", unicodedata.normalize("NFC", "Änne") + "/2.jpg")
    assert {photo.name for photo in people_in(tmp_path).photos} == {"\xc4nne"}
