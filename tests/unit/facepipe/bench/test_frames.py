from pathlib import Path

import numpy as np

from facepipe.bench import frames


def test_frames_and_batches_have_the_sizes_they_are_named_by(samples: Path) -> None:
    for name, frame in frames.frames(samples).items():
        assert name == f"{frame.shape[1]}×{frame.shape[0]}"
    assert {name: len(crops) for name, crops in frames.batches(samples).items()} == {
        "1 face": 1,
        "4 faces": 4,
        "10 faces": 10,
    }


def test_crops_follow_the_boxes_and_an_image_without_faces_has_none(samples: Path) -> None:
    images = frames.frames(samples)
    boxes = {name: np.zeros((0, 4), np.float32) for name in images}
    boxes["640×480"] = np.array([[10, 20, 90, 120], [5, 5, 30, 30]], np.float32)
    crops = frames.crops(images, {f"{name}|0": rows for name, rows in boxes.items()})
    assert {name: crop.shape for name, crop in crops.items()} == {
        "640×480": (2, 160, 160, 3),
        "1280×720": (0, 160, 160, 3),
        "1920×1080": (0, 160, 160, 3),
    }
