"""Photos of people to a gallery's new rows, with a word on each that is odd."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from services.enrolment.enrol import Enrolment, Fate, enrol
from services.enrolment.people_folder import PersonPhoto
from services.face_detection.photo import PhotoError
from services.face_recognition.gallery import Gallery
from tests.unit.services.enrolment.galleries import gallery, unit

ADA, ADA_LATER, BOB, BOB_LATER = unit(1), unit(1, 0.3), unit(0, 0, 1), unit(0, 0, 1, 0.3)


def enrolled(photos: Mapping[str, list[np.ndarray]], before: Gallery | None = None) -> Enrolment:
    def read(path: Path) -> np.ndarray:
        rows = photos[f"{path.parent.name}/{path.name}"]
        if not rows:
            raise PhotoError("no face found")
        return np.stack(rows)

    people = [PersonPhoto(name.split("/")[0], Path(name)) for name in photos]
    return enrol(people, read, before or gallery())


def fates(result: Enrolment) -> list[Fate]:
    return [photo.fate for photo in result.photos]


def test_every_photo_is_a_row_and_one_without_a_face_is_left_out() -> None:
    result = enrolled({"Ada/1": [ADA], "Ada/2": [], "Bob/1": [BOB]})
    assert result.gallery.names == ("Ada", "Bob")
    assert np.array_equal(result.gallery.embeddings, np.stack([ADA, BOB]))
    assert fates(result) == [Fate.ENROLLED, Fate.LEFT_OUT, Fate.ENROLLED]
    assert result.photos[1].problem == "no face found"
    assert (result.gallery.margin_px, result.gallery.threshold) == (32, 1.0)


def test_of_several_faces_the_persons_is_taken_and_that_is_said() -> None:
    result = enrolled({"Ada/1": [ADA], "Ada/2": [BOB, ADA_LATER], "Bob/1": [BOB_LATER]})
    assert np.array_equal(result.gallery.embeddings[1], ADA_LATER)
    assert result.photos[1].problem.startswith("2 faces: not the largest was taken")


def test_a_single_photo_with_several_faces_says_that_nothing_could_decide() -> None:
    result = enrolled({"Ada/1": [ADA, BOB]})
    assert "no other photo to compare it with" in result.photos[0].problem


def test_enrolling_the_same_folder_again_adds_nothing_and_says_little() -> None:
    photos = {"Ada/1": [ADA], "Bob/1": [BOB]}
    first = enrolled(photos).gallery
    again = enrolled({**photos, "Ada/2": [ADA_LATER]}, first)
    assert fates(again) == [Fate.REPEATED, Fate.REPEATED, Fate.ENROLLED]
    assert again.gallery.names == ("Ada",)
    assert not any(photo.problem for photo in again.photos)


def test_a_photo_saved_twice_is_enrolled_once() -> None:
    result = enrolled({"Ada/1": [ADA], "Ada/copy": [ADA]})
    assert fates(result) == [Fate.ENROLLED, Fate.REPEATED]
    assert result.photos[1].problem == "the same photo as Ada/1"


def test_a_photo_under_two_names_is_named() -> None:
    result = enrolled({"Ada/1": [ADA], "Ada/2": [ADA_LATER], "Bob/1": [BOB], "Bob/2": [BOB_LATER], "Bob/3": [ADA]})
    assert result.photos[4].problem == "the same photo as Ada/1: one of the two names is wrong"
    assert fates(result)[4] is Fate.ENROLLED


def test_a_photo_that_is_nearer_to_somebody_who_is_enrolled_is_named() -> None:
    result = enrolled({"Bob/1": [BOB], "Bob/2": [BOB_LATER], "Bob/3": [ADA_LATER]}, gallery("Ada"))
    assert [bool(photo.problem) for photo in result.photos] == [False, False, True]
    assert "nearer to Ada (0.29)" in result.photos[2].problem


def test_a_person_under_two_names_is_named_once() -> None:
    result = enrolled({"Ada/1": [ADA], "A. L./1": [ADA_LATER]})
    (pair,) = result.pairs
    assert {pair.first, pair.second} == {"Ada", "A. L."}
