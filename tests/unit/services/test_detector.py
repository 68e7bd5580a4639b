"""What makes detection fast must not change what it finds."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facepipe.bench.oracles import onnx_nets
from facepipe.bench.oracles.integral_image import IntegralImage
from services.face_detection import kernel_detector
from services.face_detection.stages import Strip, strips
from tests.golden.frames import frames

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def images(samples: Path) -> dict[str, Image.Image]:
    return dict(frames(samples))


@pytest.mark.parametrize("name", ["crowd", "both-720p", "nobody", "small"])
def test_two_threads_find_what_one_finds_to_the_bit(
    models_dir: Path, images: dict[str, Image.Image], name: str
) -> None:
    image = np.asarray(images[name])
    one, two = (kernel_detector.load_detector(models_dir, threads=threads).detect(image) for threads in (1, 2))
    assert np.array_equal(one.boxes, two.boxes)
    assert np.array_equal(one.confidences, two.confidences)
    assert np.array_equal(one.landmarks, two.landmarks)


@pytest.mark.parametrize("scale", [0.6, 0.425, 0.3])
def test_strips_are_the_level_to_the_bit(onnx_graphs: Path, images: dict[str, Image.Image], scale: float) -> None:
    pnet = onnx_nets.load_net(onnx_graphs, "pnet", threads=1)
    photo = IntegralImage(np.asarray(images["both-720p"]))
    cut = strips(photo, scale)
    assert len(cut) > 2
    parts = [pnet(photo.resize(strip.height, strip.width, strip.pixels)) for strip in cut]
    assert [part.shape[2] for part in parts] == [strip.last - strip.first for strip in cut]
    whole = pnet(photo.resize(cut[0].height, cut[0].width))
    assert np.array_equal(np.concatenate(parts, axis=2), whole)


@pytest.mark.parametrize("height", [20, 21, 22, 23, 107, 108, 300])
def test_strips_cover_every_row_of_cells_once(height: int) -> None:
    cut = strips(IntegralImage(np.zeros((height, 40, 3), np.uint8)), 0.6)
    rows = [row for strip in cut for row in range(strip.first, strip.last)]
    assert rows == list(range((int(height * 0.6 + 1) - 1) // 2 - 4))


def test_a_cell_sees_twelve_rows() -> None:
    assert Strip(100, 100, 0.6, 7, 8).pixels == slice(14, 26)
