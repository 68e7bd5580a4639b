"""Matching against its definition: the nearest of a person's photos and of their mean, by Euclidean distance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.face_recognition.gallery import Gallery, Model
from services.face_recognition.matching import FaceIndex

MODEL = Model("casia-webface", "a" * 64)


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def gallery(names: tuple[str, ...], rows: np.ndarray) -> Gallery:
    return Gallery(names, rows, MODEL, 1.05, 32)


def corner(*shares: float) -> np.ndarray:
    """A point with these first coordinates."""
    return np.pad(np.array([shares], np.float32), ((0, 0), (0, 512 - len(shares))))


def test_the_nearest_person_is_matched_up_to_the_threshold() -> None:
    index = FaceIndex.of(gallery(("Ada", "Bob"), np.eye(2, 512, dtype=np.float32)))
    (match,) = index.match(corner(0.8, 0.6))
    assert (match.name, match.nearest) == ("Ada", "Ada")
    assert match.distance == pytest.approx(np.sqrt(2 - 2 * 0.8), abs=1e-6)
    (stranger,) = index.match(corner(0.8, 0.6), threshold=0.5)
    assert (stranger.name, stranger.nearest) == ("unknown", "Ada")


def test_nobody_is_known_in_an_empty_gallery() -> None:
    index = FaceIndex.of(gallery((), np.zeros((0, 512), np.float32)))
    assert [match.name for match in index.match(corner(1, 0))] == ["unknown"]


def test_no_faces_have_no_matches() -> None:
    assert FaceIndex.of(gallery(("Ada",), corner(1))).match(np.zeros((0, 512), np.float32)) == []


def test_a_person_of_several_photos_is_also_their_mean() -> None:
    """A face halfway between a person's two photos is nearer to what these have in common than to either."""
    names, rows = ("Ada", "Bob", "Ada"), np.concatenate([corner(1), corner(0, 0, 1), corner(0, 1)])
    (match,) = FaceIndex.of(gallery(names, rows)).match(unit(corner(1, 1)))
    assert match.name == "Ada"
    assert match.distance == pytest.approx(0, abs=1e-3)


def test_photos_that_cancel_out_have_no_mean_to_be_near_to() -> None:
    (match,) = FaceIndex.of(gallery(("Ada", "Ada"), np.concatenate([corner(1), corner(-1)]))).match(corner(0, 1))
    assert np.isfinite(match.distance)


def by_definition(names: tuple[str, ...], rows: np.ndarray, face: np.ndarray) -> tuple[float, str]:
    """In 64 bits, one person after another."""
    best = []
    for person in sorted(set(names)):
        photos = np.array([row for name, row in zip(names, rows, strict=True) if name == person], np.float64)
        mean = photos.sum(axis=0) / np.linalg.norm(photos.sum(axis=0))
        best.append((min(float(np.linalg.norm(point - face)) for point in [*photos, mean]), person))
    return min(best)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), people=st.integers(1, 6), photos=st.integers(1, 12), faces=st.integers(1, 5))
def test_matching_is_its_definition(seed: int, people: int, photos: int, faces: int) -> None:
    chance = np.random.default_rng(seed)
    names = tuple(f"person {number}" for number in chance.integers(0, people, photos))
    rows = unit(chance.standard_normal((photos, 512)))
    probes = unit(chance.standard_normal((faces, 512)) + rows[chance.integers(0, photos, faces)])
    for match, probe in zip(FaceIndex.of(gallery(names, rows)).match(probes), probes, strict=True):
        distance, person = by_definition(names, rows, probe)
        assert match.distance == pytest.approx(distance, abs=1e-4)
        assert match.nearest == person


def test_a_face_does_not_depend_on_the_others_of_its_batch() -> None:
    chance = np.random.default_rng(5)
    rows, probes = unit(chance.standard_normal((50, 512))), unit(chance.standard_normal((7, 512)))
    index = FaceIndex.of(gallery(tuple(f"{row % 20}" for row in range(50)), rows))
    alone = [index.match(probe[None])[0] for probe in probes]
    assert [match.name for match in index.match(probes)] == [match.name for match in alone]
