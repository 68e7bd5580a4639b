"""`data.pt` files as facenet-pytorch's tutorials make them, and as they must not be."""

from pathlib import Path

import numpy as np
import pytest

from services.enrolment.data_pt import apart, read_data_pt
from services.enrolment.people_folder import EnrolError
from tests.unit.services.nets.building.checkpoints import write_zip


def test_a_data_pt_is_taken_over(tmp_path: Path) -> None:
    rows = [np.full((1, 512), 2.0, np.float32), np.eye(1, 512, dtype=np.float32)]
    write_zip(tmp_path / "data.pt", [rows, ["Ada", "Bob"]])
    names, embeddings = read_data_pt(tmp_path / "data.pt")
    assert names == ("Ada", "Bob")
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1)


def test_any_other_file_is_named(tmp_path: Path) -> None:
    rows = [np.full((1, 512), 2.0, np.float32), np.eye(1, 512, dtype=np.float32)]
    write_zip(tmp_path / "bad.pt", [rows, ["Ada"]])
    with pytest.raises(EnrolError, match="2 embeddings and 1 names"):
        read_data_pt(tmp_path / "bad.pt")
    write_zip(tmp_path / "odd.pt", {"a": 1})
    with pytest.raises(EnrolError, match="odd.pt is not"):
        read_data_pt(tmp_path / "odd.pt")
    with pytest.raises(EnrolError, match="No such file"):
        read_data_pt(tmp_path / "missing.pt")


def faces(people: int, similarity: float) -> np.ndarray:
    """Two photos of each person, whose embeddings share a direction as those of a misfed network do."""
    random = np.random.default_rng(1).standard_normal((people, 512)).repeat(2, axis=0)
    random += 0.5 * np.random.default_rng(2).standard_normal(random.shape)
    rows = random / np.linalg.norm(random, axis=1, keepdims=True) * np.sqrt(1 - similarity)
    rows[:, 0] += np.sqrt(similarity)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(("measured", "similarity"), [(0.95, 0.55), (1.09, 0.41), (0.88, 0.61), (0.11, 0.99)], ids=str)
def test_embeddings_of_larger_or_otherwise_scaled_faces_are_refused(
    tmp_path: Path, measured: float, similarity: float
) -> None:
    """The distances are those that facenet-pytorch gave for them; see the table in data_pt.py."""
    rows, names = faces(30, similarity), [f"person {number // 2}" for number in range(60)]
    distance = apart(tuple(names), rows)
    assert distance == pytest.approx(measured, abs=0.06)
    write_zip(tmp_path / "data.pt", [[row[None] for row in rows], names])
    with pytest.raises(EnrolError, match=r"lie only \d\.\d\d apart.*image_size=240.*Enrol the photos"):
        read_data_pt(tmp_path / "data.pt")


def test_embeddings_made_properly_are_taken(tmp_path: Path) -> None:
    rows, names = faces(30, 0.05), [f"person {number // 2}" for number in range(60)]
    write_zip(tmp_path / "data.pt", [[row[None] for row in rows], names])
    assert len(read_data_pt(tmp_path / "data.pt")[0]) == 60


def test_one_person_alone_cannot_be_judged() -> None:
    assert apart(("Ada", "Ada"), faces(1, 0.99)) is None
