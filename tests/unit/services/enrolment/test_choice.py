"""Which face of several is the person's."""

import numpy as np

from services.enrolment.choice import choose
from tests.unit.services.enrolment.galleries import unit

ADA, ADA_LATER, BOB, CLEO = unit(1, 0.1), unit(1, 0, 0.2), unit(0, 0, 0, 1), unit(0, 0, 0, 0, 1)
NOBODY = np.zeros((0, 512), np.float32)


def faces(*rows: np.ndarray) -> np.ndarray:
    return np.stack(rows)


def test_the_face_that_the_other_photos_show_is_taken_not_the_largest() -> None:
    photos = [faces(ADA), faces(BOB, ADA_LATER), faces(CLEO, BOB, ADA)]
    assert choose(photos, NOBODY) == (0, 1, 2)


def test_what_is_enrolled_already_decides_for_a_single_photo() -> None:
    assert choose([faces(BOB, ADA)], faces(ADA_LATER)) == (1,)
    assert choose([faces(BOB, ADA)], NOBODY) == (0,), "the largest, if nothing tells them apart"


def test_group_photos_alone_agree_on_the_person_who_is_on_all_of_them() -> None:
    assert choose([faces(BOB, ADA), faces(ADA_LATER, CLEO), faces(CLEO, ADA)], NOBODY) == (1, 0, 1)


def test_two_group_photos_of_the_same_two_people_choose_one_of_them() -> None:
    chosen = choose([faces(BOB, ADA), faces(ADA_LATER, BOB)], NOBODY)
    assert chosen in {(0, 1), (1, 0)}, "the same person on both"


def test_one_photo_of_somebody_else_does_not_decide_against_two() -> None:
    photos = [faces(BOB), faces(ADA), faces(ADA_LATER), faces(BOB, ADA)]
    assert choose(photos, NOBODY)[3] == 1
