"""What an operator may set, and what a mistake says."""

import pytest

from services.face_detection import settings as detection
from services.face_recognition import settings as recognition
from services.settings import SettingsError

DETECTION = {"REQUEST_QUEUE_URL": "http://queue"}
RECOGNITION = {"RESPONSE_QUEUE_URL": "http://queue"}


def test_faces_have_a_margin_of_32_pixels_unless_told_otherwise() -> None:
    """As in davidsandberg's example for these weights: docs/decisions/0011-margin-and-threshold.md."""
    assert detection.read_settings(DETECTION).margin_px == 32
    assert detection.read_settings({**DETECTION, "MARGIN": "0"}).margin_px == 0
    assert detection.read_settings({**DETECTION, "MARGIN": "14"}).margin_px == 14


@pytest.mark.parametrize("value", ["-1", "121", "1.5", "x", "nan"])
def test_a_margin_that_cannot_be_is_refused_by_its_variable(value: str) -> None:
    with pytest.raises(SettingsError, match="MARGIN must be a .*number"):
        detection.read_settings({**DETECTION, "MARGIN": value})


def test_the_threshold_is_the_gallerys_unless_told_otherwise() -> None:
    """The template's parameter is a number: 0 stands for the gallery's."""
    assert recognition.read_settings(RECOGNITION).threshold is None
    assert recognition.read_settings({**RECOGNITION, "MATCH_THRESHOLD": "0"}).threshold is None
    assert recognition.read_settings({**RECOGNITION, "MATCH_THRESHOLD": "0.9"}).threshold == 0.9
    with pytest.raises(SettingsError, match="MATCH_THRESHOLD"):
        recognition.read_settings({**RECOGNITION, "MATCH_THRESHOLD": "3"})
