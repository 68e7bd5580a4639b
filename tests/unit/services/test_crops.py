"""Crops against facenet-pytorch's `MTCNN(margin=…)`: which pixels it took of each frame, noted by scripts/goldens."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.contract import CROP_SIDE_PX
from services.face_detection.crops import crop
from tests.golden.frames import frames

FRAMES = json.loads((Path(__file__).resolve().parents[2] / "golden/mtcnn.json").read_text())["frames"]
WITH_FACES = sorted(name for name, frame in FRAMES.items() if frame["boxes"])


@pytest.fixture(scope="module")
def images(samples: Path) -> dict[str, Image.Image]:
    return dict(frames(samples))


@pytest.mark.models
@pytest.mark.parametrize("margin", ["0", "32"])
@pytest.mark.parametrize("name", WITH_FACES)
def test_a_crop_is_of_the_pixels_that_mtcnn_takes(images: dict[str, Image.Image], name: str, margin: str) -> None:
    photo, frame = images[name], FRAMES[name]
    for box, corners in zip(frame["boxes"], frame["crops"][margin], strict=True):
        expected = photo.crop(corners).resize((CROP_SIDE_PX, CROP_SIDE_PX), Image.Resampling.BILINEAR)
        ours = crop(photo, np.array(box, np.float32), margin_px=int(margin))
        assert np.array_equal(np.asarray(ours), np.asarray(expected)), (box, corners)


def test_the_goldens_have_faces_whose_margin_is_cut_off_at_the_photos_edge() -> None:
    """Without one, a margin that is filled up there would go unnoticed."""
    cut_off = [
        name
        for name in WITH_FACES
        for box, (left, top, *_) in zip(FRAMES[name]["boxes"], FRAMES[name]["crops"]["32"], strict=True)
        if (left == 0 and box[0] < 50) or (top == 0 and box[1] < 50)
    ]
    assert cut_off


def test_the_box_fills_what_the_margin_leaves() -> None:
    """32 of 160 pixels: a box of 128 pixels becomes a crop of 160, without any scaling."""
    photo = Image.fromarray(np.random.default_rng(3).integers(0, 256, (300, 300, 3), np.uint8))
    ours = crop(photo, np.array([100, 80, 228, 208], np.float32), margin_px=32)
    assert np.array_equal(np.asarray(ours), np.asarray(photo)[64:224, 84:244])


def test_a_box_beyond_the_photo_is_still_a_crop() -> None:
    photo = Image.new("RGB", (50, 40))
    assert crop(photo, np.array([60, 50, 70, 60], np.float32), margin_px=0).size == (CROP_SIDE_PX, CROP_SIDE_PX)
