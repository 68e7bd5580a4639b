"""The record of images that passed."""

from pathlib import Path

import pytest

from facepipe.ship import accepted
from facepipe.ship.accepted import Acceptance
from facepipe.ship.problems import ShipError

IMAGES = {"face-detection": "sha256:aa", "face-recognition": "sha256:bb"}


def test_only_the_very_pair_of_images_counts(tmp_path: Path) -> None:
    file = tmp_path / "accepted.json"
    assert accepted.of_images(file, IMAGES) is None
    accepted.record(file, Acceptance(IMAGES, 40, 2))
    found = accepted.of_images(file, IMAGES)
    assert found
    assert (found.passed, found.skipped) == (40, 2)
    assert found.at
    assert accepted.of_images(file, {**IMAGES, "face-recognition": "sha256:cc"}) is None


def test_a_second_run_replaces_the_first_and_the_oldest_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "accepted.json"
    for number in range(accepted.KEPT + 5):
        accepted.record(file, Acceptance({"f": str(number)}, 1, 0))
        accepted.record(file, Acceptance({"f": str(number)}, 2, 0))
    entries = accepted.read(file)
    assert len(entries) == accepted.KEPT
    assert {entry.passed for entry in entries} == {2}
    assert accepted.of_images(file, {"f": "0"}) is None


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "accepted.json").write_text("[{]")
    with pytest.raises(ShipError, match="damaged"):
        accepted.read(tmp_path / "accepted.json")
