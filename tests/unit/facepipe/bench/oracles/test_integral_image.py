import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facepipe.bench.oracles.integral_image import IntegralImage


def mean_of_windows(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """torch's interpolate(mode="area"), by its definition: the mean over floor(i·n/o) … ceil((i+1)·n/o)."""
    n, m = image.shape[:2]
    result = np.empty((3, height, width))
    for i in range(height):
        for j in range(width):
            rows = slice(i * n // height, -(-(i + 1) * n // height))
            columns = slice(j * m // width, -(-(j + 1) * m // width))
            result[:, i, j] = image[rows, columns].astype(np.float64).mean(axis=(0, 1))
    return result


@settings(max_examples=60)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 40), st.integers(1, 40), st.integers(0, 9))
def test_resize_is_the_mean_of_each_window(n: int, m: int, height: int, width: int, seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (n, m, 3), np.uint8)
    ours = IntegralImage(image).resize(height, width)
    assert ours.shape == (1, 3, height, width)
    assert np.abs(ours[0] - mean_of_windows(image, height, width)).max() < 1e-3


@pytest.mark.parametrize(
    ("size", "out"), [((300, 300), (1, 1)), ((200, 400), (5, 7)), ((257, 1), (1, 1)), ((258, 1), (1, 1))]
)
def test_white_stays_white_where_sums_pass_16_bits(size: tuple[int, int], out: tuple[int, int]) -> None:
    white = np.full((*size, 3), 255, np.uint8)
    assert np.abs(IntegralImage(white).resize(*out) - 255).max() < 1e-3


def test_crops_are_resizes_of_their_parts() -> None:
    image = np.random.default_rng(1).integers(0, 256, (90, 120, 3), np.uint8)
    corners = np.array([[0, 0, 120, 90], [10, 20, 34, 44], [117, 80, 120, 90], [5, 5, 6, 6]])
    assert_crops_are_means(image, corners)


def assert_crops_are_means(image: np.ndarray, corners: np.ndarray) -> None:
    crops = IntegralImage(image).crops(corners, 24)
    for crop, (x1, y1, x2, y2) in zip(crops, corners, strict=True):
        assert np.abs(crop - mean_of_windows(image[y1:y2, x1:x2], 24, 24)).max() < 1e-3


def test_no_crops_of_no_boxes() -> None:
    image = IntegralImage(np.zeros((30, 30, 3), np.uint8))
    assert image.crops(np.zeros((0, 4), np.intp), 24).shape == (0, 3, 24, 24)


@settings(max_examples=30)
@given(st.integers(12, 90), st.integers(2, 60), st.integers(0, 40), st.integers(1, 20))
def test_some_rows_are_those_of_the_whole_to_the_bit(n: int, height: int, first: int, count: int) -> None:
    image = IntegralImage(np.random.default_rng(n).integers(0, 256, (n, 2 * n, 3), np.uint8))
    rows = slice(first % height, first % height + count)
    assert np.array_equal(image.resize(height, 33, rows), image.resize(height, 33)[:, :, rows])


def test_crops_of_very_different_sizes_do_not_touch_each_other() -> None:
    """Large windows are summed up in parts, small ones are not: each crop is as if it were alone."""
    image = np.random.default_rng(2).integers(0, 256, (900, 1200, 3), np.uint8)
    corners = np.array([[0, 0, 1200, 900], [30, 40, 54, 64], [100, 100, 500, 484], [0, 0, 1200, 2]])
    assert_crops_are_means(image, corners)
