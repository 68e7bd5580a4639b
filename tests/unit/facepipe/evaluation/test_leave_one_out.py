"""Each photo against all others, compared with what face-recognition itself answers without that photo."""

from collections import Counter

import numpy as np
import pytest

from facepipe.evaluation.leave_one_out import (
    ComparedWith,
    FaceSet,
    Trials,
    among_strangers,
    counts_at,
    leave_one_out,
    strangers_against,
)
from services.face_recognition.gallery import Gallery
from services.face_recognition.matching import FaceIndex
from tests.unit.services.enrolment.galleries import MODEL, unit


def faces(count: int = 40, people: int = 9, seed: int = 0) -> FaceSet:
    """People who are alike enough for mistakes; some have a single photo."""
    random = np.random.default_rng(seed)
    person = np.sort(random.integers(0, people, count))
    centres = random.standard_normal((people, 512)) + 1.2 * random.standard_normal(512)
    rows = centres[person] + 3.5 * random.standard_normal((count, 512))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    names = tuple(f"person {number}" for number in person)
    return FaceSet(names, tuple(f"photo {row}" for row in range(count)), rows)


def without(face_set: FaceSet, row: int) -> Gallery:
    rest = [other for other in range(len(face_set.names)) if other != row]
    return Gallery(tuple(face_set.names[other] for other in rest), face_set.embeddings[rest], MODEL, 1.0, 32)


@pytest.mark.parametrize("threshold", [1.23, 1.24, 1.26])
def test_what_is_counted_is_what_face_recognition_answers(threshold: float) -> None:
    """A gallery is made without each photo, and face-recognition's own matching asked: the counts are the same."""
    face_set = faces()
    answers: Counter[str] = Counter()
    for row, name in enumerate(face_set.names):
        gallery = without(face_set, row)
        if name in gallery.names:
            (match,) = FaceIndex.of(gallery).match(face_set.embeddings[row : row + 1], threshold)
            answers["unknown" if match.name == "unknown" else "right" if match.name == name else "wrong"] += 1
    counted = counts_at(leave_one_out(face_set, ComparedWith.BOTH), threshold)
    assert (counted.right, counted.wrong, counted.unknown) == (answers["right"], answers["wrong"], answers["unknown"])
    assert counted.right
    assert counted.wrong
    assert counted.unknown


def test_strangers_are_counted_as_face_recognition_names_them() -> None:
    face_set, others = faces(), faces(seed=5, count=30)
    strangers = FaceSet(others.labels, others.labels, others.embeddings)
    gallery = Gallery(face_set.names, face_set.embeddings, MODEL, 1.0, 32)
    found = strangers_against(face_set, strangers, ComparedWith.BOTH)
    matches = FaceIndex.of(gallery).match(strangers.embeddings, 5.0)
    assert found.nearest == tuple(match.name for match in matches)
    assert found.distances == pytest.approx([match.distance for match in matches], abs=1e-3)


def test_a_person_with_one_photo_is_not_to_be_found_but_is_somebody_else() -> None:
    face_set = FaceSet(("Ada", "Ada", "Bob"), ("1", "2", "3"), np.stack([unit(1), unit(1, 0.2), unit(1, 0.1)]))
    trials = leave_one_out(face_set, ComparedWith.PHOTOS)
    assert trials.possible.tolist() == [True, True, False]
    assert trials.nearest == ("Bob", "Bob", "Ada")
    assert (counts_at(trials, 1.0).wrong, counts_at(trials, 1.0).photos) == (2, 2)


def test_the_mean_leaves_the_photo_out_that_is_looked_for() -> None:
    """Two photos at right angles: with both in the mean, each would be at 0.77 of it."""
    face_set = FaceSet(("Ada", "Ada", "Bob"), ("1", "2", "3"), np.stack([unit(1), unit(0, 1), unit(0, 0, 1)]))
    assert leave_one_out(face_set, ComparedWith.MEAN).own[:2] == pytest.approx([2**0.5] * 2, abs=1e-3)


def test_a_stranger_with_several_photos_counts_once() -> None:
    face_set = FaceSet(("Ada",), ("1",), unit(1)[None])
    several = FaceSet(("X", "X", "Y"), ("a", "b", "c"), np.stack([unit(0, 1), unit(1, 0.1), unit(0, 1)]))
    found = strangers_against(face_set, several, ComparedWith.BOTH)
    assert found.named(1.0) == 1
    assert len(found.each()) == 2


def test_without_strangers_everybody_is_one_to_the_others() -> None:
    trials = Trials(
        ("Ada", "Ada", "Bob"), np.array([0.1, 0.1, np.inf]), np.array([1.2, 0.9, 0.9]), ("Bob", "Bob", "Ada")
    )
    found = among_strangers(trials, ("1", "2", "3"))
    assert found.each() == pytest.approx({"Ada": 0.9, "Bob": 0.9})
