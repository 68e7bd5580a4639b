"""Which threshold stands for which margin, and that a guess is called one."""

import pytest

from services.face_recognition.thresholds import warn_of_guess
from services.nets.building.sources import THRESHOLDS
from services.nets.model_files import Manifest, Threshold

MANIFEST = Manifest(
    "x", "0", (Threshold(0, 1.05, measured=True, basis="a"), Threshold(32, 1.0, measured=True, basis="b")), {}
)


def test_each_margin_has_its_threshold() -> None:
    assert [MANIFEST.threshold(margin).distance for margin in (0, 32)] == [1.05, 1.0]
    assert MANIFEST.threshold(32).measured


def test_a_margin_that_nobody_measured_gets_the_nearest_ones_threshold_as_a_guess() -> None:
    guess = MANIFEST.threshold(24)
    assert (guess.distance, guess.measured, guess.margin_px) == (1.0, False, 24)
    assert "margin of 32" in guess.basis


def test_a_guess_is_told_at_the_start_with_the_command_that_measures(capsys: pytest.CaptureFixture[str]) -> None:
    warn_of_guess(MANIFEST.threshold(24), own=None)
    told = capsys.readouterr().out
    assert all(words in told for words in ("WARNING", "facepipe evaluate", "MatchThreshold"))
    warn_of_guess(MANIFEST.threshold(32), own=None)
    warn_of_guess(MANIFEST.threshold(24), own=0.9)
    assert capsys.readouterr().out == ""


def test_vggface2_has_a_guess_and_says_so() -> None:
    """Its file could not be had where this was measured."""
    (standing,) = THRESHOLDS["vggface2"]
    assert not standing.measured
    assert "facepipe evaluate" in standing.basis
