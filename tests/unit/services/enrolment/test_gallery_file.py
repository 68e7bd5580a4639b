"""What is in the gallery file after people were added and taken out, also by several programs at once."""

import errno
import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.enrolment.gallery_file import read_any_file, read_file, remove, save
from services.enrolment.gallery_place import replaced
from services.enrolment.kept_faces import KeptFace, KeptFaces
from services.face_recognition.gallery import GalleryError, Model
from tests.unit.services.enrolment.galleries import MODEL, gallery


def test_people_are_added_and_keep_their_earlier_photos(tmp_path: Path) -> None:
    path = tmp_path / "g.npz"
    save(gallery("Ada", "Bob"), path, replace=False)
    now = save(gallery("Bob", "Cleo", first=5), path, replace=False)
    assert now.names == ("Ada", "Bob", "Bob", "Cleo")
    assert np.array_equal(now.embeddings[1:3], np.eye(512, dtype=np.float32)[[1, 5]])
    assert np.array_equal(read_file(path, MODEL).embeddings, now.embeddings)


def test_replace_forgets_everybody(tmp_path: Path) -> None:
    path = tmp_path / "g.npz"
    save(gallery("Ada", "Bob"), path, replace=False)
    assert save(gallery("Dora"), path, replace=True).names == ("Dora",)


def test_a_gallery_of_another_model_is_not_added_to(tmp_path: Path) -> None:
    path = tmp_path / "g.npz"
    save(gallery("Dora"), path, replace=False)
    with pytest.raises(GalleryError, match="--replace"):
        save(gallery("Eve", model=Model("vggface2", "c" * 64)), path, replace=False)
    assert read_file(path, MODEL).names == ("Dora",)


def test_a_full_disk_leaves_the_gallery_as_it_was_and_no_unfinished_file(tmp_path: Path) -> None:
    path = tmp_path / "g.npz"
    save(gallery("Ada"), path, replace=False)

    def write() -> None:
        with replaced(path) as file:
            file.write(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # as `write` raises it

    with pytest.raises(OSError, match="No space left") as refused:
        write()
    assert refused.value.filename == str(path)
    assert read_file(path, MODEL).names == ("Ada",)
    assert sorted(file.name for file in tmp_path.iterdir()) == [".g.npz.lock", "g.npz"]


def test_pictures_for_which_there_is_no_room_are_no_reason_to_delete_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KeptFaces(tmp_path / "g.npz")
    kept.keep([KeptFace("1", b"picture", "a.jpg", 0.0)])
    opened = sqlite3.connect

    def without_room(*values: Any, **options: Any) -> sqlite3.Connection:
        database: sqlite3.Connection = opened(*values, **options)
        database.execute("pragma max_page_count = 1")  # SQLite takes what the file has
        return database

    monkeypatch.setattr(sqlite3, "connect", without_room)
    with pytest.raises(GalleryError, match="make room on its disk") as refused:
        kept.keep([KeptFace("2", b"x" * 100_000, "b.jpg", 0.0)])
    assert "delete" not in str(refused.value)
    monkeypatch.undo()
    assert kept.picture("1") == b"picture"


def test_programs_that_write_at_once_lose_nobody(tmp_path: Path) -> None:
    """Each has its own lock on the file: between threads it is the same as between processes (flock)."""
    path = tmp_path / "g.npz"
    names = [f"person {number}" for number in range(48)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: save(gallery(name), path, replace=False), names))
    assert sorted(read_file(path, MODEL).names) == sorted(names)


def test_removing_and_adding_at_once_keep_each_others_changes(tmp_path: Path) -> None:
    path = tmp_path / "g.npz"
    old, new = [f"old {number}" for number in range(20)], [f"new {number}" for number in range(20)]
    save(gallery(*old), path, replace=False)
    with ThreadPoolExecutor(8) as pool:
        added = [pool.submit(save, gallery(name), path, replace=False) for name in new]
        removed = [pool.submit(remove, [name], path) for name in old]
        for future in (*added, *removed):
            future.result()
    assert sorted(read_file(path, MODEL).names) == sorted(new)


def test_a_lock_file_of_somebody_else_that_may_only_be_read_is_good_enough(tmp_path: Path) -> None:
    """A container that ran as root leaves one behind."""
    path = tmp_path / "g.npz"
    (tmp_path / ".g.npz.lock").touch(mode=0o444)
    save(gallery("Ada"), path, replace=False)
    assert stat.S_IMODE((tmp_path / ".g.npz.lock").stat().st_mode) == 0o444


def test_a_person_who_is_removed_is_gone_with_all_photos(tmp_path: Path) -> None:
    path = tmp_path / "g.npz"
    save(gallery("Ada", "Bob", "Ada"), path, replace=False)
    assert remove(["Ada"], path).names == ("Bob",)
    assert read_file(path, MODEL).names == ("Bob",)
    assert remove(["Bob"], path).names == (), "the last one can be removed too"


def test_people_can_be_removed_from_a_gallery_of_another_model(tmp_path: Path) -> None:
    path, other = tmp_path / "g.npz", Model("vggface2", "c" * 64)
    save(gallery("Ada", "Bob", model=other), path, replace=False)
    assert remove(["Bob"], path).model == other


def test_nobody_is_removed_when_one_of_the_names_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "g.npz"
    save(gallery("Ada", "Bob"), path, replace=False)
    with pytest.raises(GalleryError, match="nobody called 'ada': did you mean 'Ada'"):
        remove(["Bob", "ada"], path)
    assert read_file(path, MODEL).names == ("Ada", "Bob")


def test_a_missing_gallery_says_how_to_make_one(tmp_path: Path) -> None:
    for call in (lambda: read_any_file(tmp_path / "g.npz"), lambda: remove(["Ada"], tmp_path / "g.npz")):
        with pytest.raises(GalleryError, match="no gallery at .*facepipe enrol PEOPLE"):
            call()
