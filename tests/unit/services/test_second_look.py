"""The second look at photos in which nobody was found: real faces, dark or lying on their side."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.face_detection.crops import crop
from services.face_detection.detector import Detections, Detector
from services.face_detection.kernel_detector import load_detector
from services.face_detection.second_look import ALL, BRIGHTNESS, NONE, Sighting, find
from services.face_recognition.embedder import Embedder
from services.face_recognition.kernel_embedder import load_embedder

#: upside down, the first look finds this face as well, and it is left at that
TURNS = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270)


@pytest.fixture(scope="module")
def hopper(samples: Path) -> Image.Image:
    return Image.open(samples / "grace_hopper.jpg").convert("RGB")


@pytest.fixture(scope="module")
def detector(models_dir: Path) -> Detector:
    return load_detector(models_dir, threads=1)


@pytest.fixture(scope="module")
def embedder(models_dir: Path) -> Embedder:
    return load_embedder(models_dir, threads=1)


def look(detector: Detector, photo: Image.Image, second_look: str) -> Sighting:
    return find(detector, photo, minimum_confidence=0.9, second_look=second_look)


def embedding(embedder: Embedder, sighting: Sighting) -> np.ndarray:
    (box,) = sighting.boxes
    return embedder.embed(np.asarray(crop(sighting.view.image, box, margin_px=32))[None])[0]


def scaled(photo: Image.Image, share: float) -> Image.Image:
    return photo.point(lambda value: value * share)


@pytest.mark.models
def test_a_very_dark_photo_is_looked_at_brightened(detector: Detector, embedder: Embedder, hopper: Image.Image) -> None:
    dark = scaled(hopper, 0.05)
    assert look(detector, dark, NONE).confidences == ()
    found = look(detector, dark, BRIGHTNESS)
    assert found.view.change == "brightened"
    upright = look(detector, hopper, NONE)
    assert np.abs(found.boxes_in_photo - upright.boxes).max() < 30
    assert np.linalg.norm(embedding(embedder, found) - embedding(embedder, upright)) < 0.6, "the crop is bright as well"


@pytest.mark.models
@pytest.mark.parametrize("share", [1.0, 0.05])
@pytest.mark.parametrize("turn", TURNS)
def test_a_photo_on_its_side_is_looked_at_turned(
    detector: Detector, embedder: Embedder, hopper: Image.Image, turn: Image.Transpose, share: float
) -> None:
    photo = scaled(hopper, share).transpose(turn)
    assert look(detector, photo, BRIGHTNESS).confidences == ()
    found, upright = look(detector, photo, ALL), look(detector, hopper, NONE)
    assert found.view.change == ("turned" if share == 1 else "brightened and turned")
    assert found.view.image.size == hopper.size
    assert np.linalg.norm(embedding(embedder, found) - embedding(embedder, upright)) < 0.6, "the crop is upright"
    (x1, y1, x2, y2) = found.boxes_in_photo[0].round().astype(int)
    in_photo = np.asarray(photo)[y1:y2, x1:x2].mean()
    (x1, y1, x2, y2) = found.boxes[0].round().astype(int)
    assert in_photo == pytest.approx(np.asarray(scaled(hopper, share))[y1:y2, x1:x2].mean(), rel=0.02), (
        "the same pixels"
    )


@dataclass
class Counting:
    """A detector that finds somebody at the nth look, or nobody."""

    at: int = 0
    looks: int = field(default=0)

    def detect(self, image: np.ndarray) -> Detections:
        self.looks += 1
        count = int(self.looks == self.at)
        boxes, landmarks = np.full((count, 4), [10, 20, 30, 50], np.float32), np.zeros((count, 5, 2), np.float32)
        return Detections(boxes, np.full(count, 0.99, np.float32), landmarks)


BRIGHT, DIM = Image.new("RGB", (100, 80), (200, 180, 160)), Image.new("RGB", (100, 80), (9, 9, 9))


@pytest.mark.parametrize(
    ("photo", "second_look", "found_at", "looks"),
    [
        (BRIGHT, ALL, 1, 1),
        (DIM, ALL, 1, 1),
        (BRIGHT, NONE, 0, 1),
        (DIM, NONE, 0, 1),
        (BRIGHT, BRIGHTNESS, 0, 1),
        (DIM, BRIGHTNESS, 0, 2),
        (BRIGHT, ALL, 0, 4),
        (DIM, ALL, 0, 5),
        (Image.new("RGB", (9, 9)), BRIGHTNESS, 0, 1),
    ],
)
def test_a_second_look_costs_only_where_nobody_was_found(
    photo: Image.Image, second_look: str, found_at: int, looks: int
) -> None:
    detector = Counting(found_at)
    sighting = look(detector, photo, second_look)
    assert detector.looks == looks
    assert bool(sighting.confidences) == bool(found_at)
    assert sighting.view.change == ""
    assert sighting.view.image is photo


@pytest.mark.parametrize(
    ("found_at", "box"), [(2, [50, 10, 80, 30]), (3, [70, 30, 90, 60]), (4, [20, 50, 50, 70])], ids=["90", "180", "270"]
)
def test_a_box_is_told_in_the_pixels_of_the_photo_that_came(found_at: int, box: list[float]) -> None:
    """Of 100×80 pixels; found at 10…30, 20…50 of the photo turned by a quarter, a half, three quarters anticlockwise."""
    sighting = look(Counting(found_at), BRIGHT, ALL)
    assert sighting.boxes_in_photo.tolist() == [box]
