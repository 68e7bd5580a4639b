"""Pixels that Pillow lends: they are what NumPy's own copy says, and stay when the image is gone."""

import gc

import numpy as np
import pytest
from PIL import Image

from services.face_detection.pixels import pixels_of


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (640, 480), (3000, 2000)], ids=str)
def test_pixels_are_those_of_the_image(size: tuple[int, int]) -> None:
    image = Image.effect_noise(size, 80).convert("RGB")
    assert np.array_equal(pixels_of(image)[..., :3], np.asarray(image))


def test_a_photo_is_lent_without_a_copy_and_a_part_of_it_as_well() -> None:
    image = Image.effect_noise((64, 48), 80).convert("RGB")
    first, second = pixels_of(image), pixels_of(image)
    assert np.shares_memory(first, second)
    part = image.crop((3, 4, 40, 30))
    assert np.array_equal(pixels_of(part)[..., :3], np.asarray(part))


def test_pixels_stay_when_the_image_is_gone_and_cannot_be_written() -> None:
    image = Image.effect_noise((64, 48), 80).convert("RGB")
    expected, pixels = np.asarray(image), pixels_of(image)
    del image
    gc.collect()
    others = [Image.new("RGB", (64, 48), "white") for _ in range(20)]
    assert np.array_equal(pixels[..., :3], expected)
    assert not pixels.flags.writeable
    assert others


def test_a_pillow_that_lends_nothing_is_asked_for_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow has the interface since 11.2.1 (its release notes); a user's environment may have an older one."""
    monkeypatch.delattr(Image.Image, "__arrow_c_array__")
    image = Image.effect_noise((64, 48), 80).convert("RGB")
    assert np.array_equal(pixels_of(image)[..., :3], np.asarray(image))
