"""What looks wrong about enrolled photos."""

import numpy as np

from services.enrolment.review import Pair, PhotoRows, remarks, repeats, same_person
from tests.unit.services.enrolment.galleries import unit

ADA = [unit(1, 0.3 * k) for k in range(-1, 2)]
BOB = [unit(0, 0, 0, 1, 0.3 * k) for k in range(-1, 2)]


def photos_of(name: str, faces: list[np.ndarray]) -> list[tuple[str, np.ndarray]]:
    return [(name, face) for face in faces]


def rows(photos: list[tuple[str, np.ndarray]]) -> PhotoRows:
    labels = tuple(f"{name}/{number}.jpg" for number, (name, _) in enumerate(photos))
    return PhotoRows(tuple(name for name, _ in photos), labels, np.stack([embedding for _, embedding in photos]))


def test_all_is_well() -> None:
    good = rows(photos_of("Ada", ADA) + photos_of("Bob", BOB))
    assert repeats(good, 0) == {}
    assert remarks(good, 0, threshold=1.0, pairs=()) == {}
    assert same_person(good, frozenset({"Ada", "Bob"})) == ()


def test_a_photo_in_the_wrong_folder_is_nearer_to_somebody_else() -> None:
    mixed = rows(photos_of("Ada", ADA) + photos_of("Bob", BOB) + photos_of("Ada", [unit(0, 0, 0, 1, 0.1)]))
    found = remarks(mixed, 0, threshold=1.0, pairs=())
    assert list(found) == [6]
    assert found[6] == "nearer to Bob (0.10) than to the other photos of Ada (1.41)"


def test_a_photo_of_a_stranger_is_unlike_the_others() -> None:
    stranger = np.eye(512, dtype=np.float32)[9]
    found = remarks(rows(photos_of("Ada", [*ADA, stranger])), 0, threshold=1.0, pairs=())
    assert list(found) == [3]
    assert "unlike the other photos of Ada (1.41)" in found[3]


def test_only_new_photos_are_looked_at() -> None:
    mixed = rows([("Ada", ADA[0]), ("Ada", BOB[0]), ("Bob", BOB[1]), ("Ada", ADA[1])])
    assert remarks(mixed, 3, threshold=1.0, pairs=()) == {}


def test_a_photo_saved_twice_is_found_under_its_own_name_and_under_another() -> None:
    twice = rows([("Ada", ADA[0]), ("Bob", BOB[0]), ("Ada", ADA[0]), ("Bob", ADA[0])])
    assert repeats(twice, 0) == {2: 0, 3: 0}
    assert repeats(twice, 3) == {3: 0}


def test_a_person_under_two_names_is_found_once_and_not_photo_by_photo() -> None:
    both = rows([("Ada", ADA[0]), ("Ada L.", ADA[1]), ("Ada", ADA[2]), ("Bob", BOB[0]), ("Bob", BOB[1])])
    (pair,) = same_person(both, frozenset({"Ada L."}))
    assert (pair.first, pair.second) == ("Ada", "Ada L.")
    assert remarks(both, 0, threshold=1.0, pairs=(pair,)) == {}
    assert same_person(both, frozenset({"Bob"})) == (), "they were there before"


def test_a_mix_up_with_a_third_person_is_named_beside_a_pair() -> None:
    photos = photos_of("Ada", ADA) + photos_of("Bob", BOB[:2])
    mixed = rows([*photos, ("Cleo", ADA[1]), ("Ada", BOB[2])])
    assert list(remarks(mixed, 0, threshold=1.0, pairs=(Pair("Ada", "Cleo", 0.5),))) == [6]
